import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { VERSION } from '../../src/core/version.ts';
import { SETTING_NAMES, type SettingVariable, settingFlag } from '../../src/settings/settings.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { SAMPLE_ID, sampleManifest } from '../manifest/sample-manifest.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { runCli } from './run-cli.ts';

async function storeSample(vault: Vault): Promise<void> {
  await vault.writeArtifact(VaultPath.dump(SAMPLE_ID), Readable.from(['dump']));
  await vault.writeDocument(VaultPath.manifest(SAMPLE_ID), JSON.stringify(sampleManifest()));
}

describe('what was mistyped gets a fact and a HINT, and nothing on standard output', () => {
  const mistakes: ReadonlyArray<readonly [args: string, said: string]> = [
    ['bakups', "unknown command 'bakups'\nHINT: Did you mean backups? `msr --help` lists what there is"],
    [
      'backups lst',
      "unknown command 'lst'\nHINT: Did you mean list? `msr backups --help` lists what there is",
    ],
    [
      'backups list --al',
      "unknown option '--al'\nHINT: Did you mean --all? `msr backups list --help` lists what there is",
    ],
    ['validate --nonsense', "unknown option '--nonsense'\nHINT: `msr validate --help` lists what there is"],
    ['backups show', "missing required argument 'id'\nHINT: `msr backups show --help` lists what there is"],
    [
      'backups list --vault-url',
      "option '--vault-url <url>' argument missing\nHINT: `msr backups list --help` lists what there is",
    ],
    [
      'backups show a b',
      "too many arguments for 'show'. Expected 1 argument but got 2: a, b.\nHINT: `msr backups show --help` lists what there is",
    ],
  ];
  test.each(mistakes)('msr %s', async (args, said) => {
    expect(await runCli(args.split(' '))).toEqual({ exitCode: 1, stdout: '', stderr: `msr: ${said}\n` });
  });

  test('a machine gets it as the one document', async () => {
    const { exitCode, stdout, stderr } = await runCli(['backups', 'show', SAMPLE_ID, '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      error: {
        name: 'OperatorError',
        fact: 'MSR_VAULT_URL is not set',
        hint: 'set MSR_VAULT_URL in the environment or in the secret of MSR_SECRET_ID, or give --vault-url; the README lists every variable',
      },
      exitCode: 1,
    });
  });

  test('a stack is shown with MSR_DEBUG=1 alone', async () => {
    const { stderr } = await runCli(['backups', 'list'], { MSR_DEBUG: '1' });
    expect(stderr).toMatch(/^msr: MSR_VAULT_URL is not set\nHINT: .*\nOperatorError: .*\n {4}at /);
    expect((await runCli(['backups', 'list'])).stderr).not.toContain('    at ');
  });
});

describe('help', () => {
  test('msr alone shows it and fails: nothing was asked for', async () => {
    const alone = await runCli([]);
    expect(alone).toMatchObject({ exitCode: 1, stdout: '' });
    expect(alone.stderr).toMatch(/^Usage: msr /);
    const asked = await runCli(['--help']);
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(asked.stdout).toBe(alone.stderr);
  });

  test('the version is that of the package', async () => {
    expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  const program = buildProgram(
    { env: {}, stdout: process.stdout, stderr: process.stderr, ask: undefined, signal: AbortSignal.abort() },
    async () => {},
  );

  test.each(leaves(program).map((command) => [command.name(), command] as const))(
    '%s has --json, and each of its settings names its variable',
    (_, command) => {
      const flags = command.options.map(({ long }) => long);
      expect(flags).toContain('--json');
      const settings = SETTING_NAMES.filter((variable) => flags.includes(settingFlag(variable)));
      // What monitors watch is made of a table alone.
      expect(settings.length > 0).toBe(command.parent?.name() !== 'monitors');
      for (const variable of settings) {
        const option = command.options.find(({ long }) => long === settingFlag(variable));
        expect(option?.description).toContain(`[${variable}]`);
      }
    },
  );

  // What a command would pass over, its help must not offer.
  test.each<[SettingVariable, ReadonlyArray<string>]>([
    [
      'MSR_PG_BIN',
      [
        'backup',
        'backups import',
        'backups verify',
        'recover',
        'drill',
        'doctor',
        'sessions diff',
        'sessions restore',
      ],
    ],
    [
      'MSR_KAFKA_BROKERS',
      [
        'backup',
        'backups import',
        'recover',
        'drill',
        'guard',
        'doctor',
        'health',
        'kafka groups',
        'kafka describe',
        'kafka reset',
      ],
    ],
    ['MSR_READERS_SECRET_ID', ['recover']],
    ['MSR_REPLAY_THREADS', ['recover', 'drill']],
    [
      'MSR_STRATEGY_OPTIONS',
      ['backup', 'backups verify', 'backups prune', 'backups restore-volumes', 'recover'],
    ],
  ])('%s is offered where it is used', (variable, users) => {
    const offers = leaves(program).filter(({ options }) =>
      options.some(({ long }) => long === settingFlag(variable)),
    );
    expect(offers.map(pathOf)).toEqual(users);
  });
});

test('cleanup is asked of databases and vault alone', async () => {
  const { url } = temporaryVault();
  const { stderr } = await runCli(['cleanup'], {
    MSR_DATABASE_URL: 'postgres://msr@127.0.0.1:1/msr',
    MSR_VAULT_URL: url,
  });
  expect(stderr).toMatch(/^msr: 127\.0\.0\.1:1\/postgres cannot be reached/);
});

/** `backups list` */
function pathOf(command: Command): string {
  const parent = command.parent?.parent ? `${pathOf(command.parent)} ` : '';
  return `${parent}${command.name()}`;
}

describe('msr backups', () => {
  test('list: a table for people, one document for machines', async () => {
    const { vault, url } = temporaryVault();
    await storeSample(vault);
    await vault.writeArtifact(VaultPath.dump('20261124T041500Z-0001'), Readable.from(['aborted']));
    const people = await runCli(['backups', 'list', '--vault-url', url]);
    expect(people.stdout).toBe(
      [
        'BACKUP                 STATE     CUT    EVENTS  SIZE  LATEST EVENT            REMARK',
        `${SAMPLE_ID}  complete  exact   1,500   4 B  2026-11-23 04:15:00+00`,
        '1 without a manifest (running, or aborted): --all shows them',
        '',
      ].join('\n'),
    );
    const all = await runCli(['backups', 'list', '--all', '--json'], { MSR_VAULT_URL: url });
    expect(JSON.parse(all.stdout)).toEqual({
      backups: [
        { id: '20261124T041500Z-0001', state: 'incomplete', bytes: 7 },
        {
          id: SAMPLE_ID,
          state: 'complete',
          createdAt: '2026-11-23T04:16:00.000Z',
          database: 'msr',
          strategy: 'dump',
          edition: 'community',
          bytes: 4,
          events: sampleManifest().events,
          cut: { exact: true, remarks: [], sinkPauseSeconds: 2.34 },
        },
      ],
    });
  });

  test('list: none is said, with what to look at', async () => {
    const { url } = temporaryVault();
    expect(await runCli(['backups', 'list'], { MSR_VAULT_URL: url })).toEqual({
      exitCode: 0,
      stdout: `no backup in ${url}; check MSR_VAULT_URL, or take one with \`msr backup\`\n`,
      stderr: '',
    });
  });

  test('list: a vault that cannot be read is not an empty one', async () => {
    const { directory, url } = temporaryVault();
    writeFileSync(join(directory, 'backups'), 'a file');
    expect(await runCli(['backups', 'list'], { MSR_VAULT_URL: url })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `msr: the vault ${url} cannot be read (backups/): a part of the path is a file, not a directory\nHINT: let the user that runs msr read the directory, and check MSR_VAULT_URL\n`,
    });
  });

  test('show: what a person decides by', async () => {
    const { vault, url } = temporaryVault();
    await storeSample(vault);
    const { stdout } = await runCli(['backups', 'show', SAMPLE_ID], { MSR_VAULT_URL: url });
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      `backup      ${SAMPLE_ID}`,
      'taken       2026-11-23T04:15:02.000Z, dump, by msr 0.1.0 with pg_dump 17.5',
      'database    msr, PostgreSQL 17.5, TimescaleDB 2.22.1 (community edition)',
      'events      1,500, 2026-11-16 00:00:00+00 … 2026-11-23 04:15:00+00',
      'cut         exact',
      'sink        cdc-sink-connector, found RUNNING, paused for 2.3 s',
    ]);
    expect(stdout).toContain('gis.geo          0                  1,500');
    const json = await runCli(['backups', 'show', SAMPLE_ID, '--json'], { MSR_VAULT_URL: url });
    expect(JSON.parse(json.stdout)).toEqual(sampleManifest());
  });

  test('show: an unknown id', async () => {
    const { url } = temporaryVault();
    expect(await runCli(['backups', 'show', SAMPLE_ID], { MSR_VAULT_URL: url })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `msr: there is no backup "${SAMPLE_ID}" in ${url}\nHINT: \`msr backups list\` shows what is there; one without a manifest was never finished\n`,
    });
  });

  test('a bucket that cannot be one is told before anybody is asked', async () => {
    expect(await runCli(['backups', 'list'], { MSR_VAULT_URL: 's3://Bucket/msr' })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'msr: s3://Bucket/msr is not the URL of a vault: "Bucket" cannot be a bucket\nHINT: expected MSR_VAULT_URL=s3://bucket/prefix?documents=other-bucket&retention=GOVERNANCE:35\n',
    });
  });
});
