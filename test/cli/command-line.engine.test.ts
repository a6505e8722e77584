import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readFreeze } from '../../src/freeze/freeze-record.ts';
import { listBackups } from '../../src/manifest/catalogue.ts';
import { acquireLock, currentOwner } from '../../src/vault/lock.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { sinkState, someEvents } from '../freeze/scene.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { runCli } from './run-cli.ts';

const EVENTS = 500;
const bed = sharedBed();

let msr: Msr;
let directory: string;
let env: Record<string, string>;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'cli', tasks: 2 });
  await msr.produce(someEvents(msr, EVENTS));
  await msr.waitForEvents(EVENTS);
});
afterAll(() => msr?.drop());

beforeEach(() => {
  directory = temporaryDirectory();
  env = msr.env(directory);
});

function databaseUrl(change: (url: URL) => void): string {
  const url = new URL(msr.url('backup'));
  change(url);
  return url.href;
}

/** A directory with a pg_dump that says another version. */
function oldPgBin(): string {
  const bin = temporaryDirectory();
  writeFileSync(join(bin, 'pg_dump'), '#!/bin/sh\necho "pg_dump (PostgreSQL) 12.1"\n');
  chmodSync(join(bin, 'pg_dump'), 0o755);
  return bin;
}

function fileInTheWay(): string {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  return `file://${file}`;
}

interface BadInput {
  readonly what: string;
  readonly change: () => Record<string, string>;
  readonly said: (change: Readonly<Record<string, string>>) => string;
}

const server = () => new URL(bed.adminUrl).host;
const BAD_INPUT: readonly BadInput[] = [
  {
    what: 'a wrong user',
    change: () => ({ MSR_DATABASE_URL: databaseUrl((url) => Object.assign(url, { username: 'nobody' })) }),
    said: () =>
      `${server()}/${msr.database} refused the credentials of the URL\nHINT: check the user and the password`,
  },
  {
    what: 'a database that is not there',
    change: () => ({ MSR_DATABASE_URL: msr.url('backup', 'no_such_database') }),
    said: () =>
      `database ${server()}/no_such_database does not exist\nHINT: check the name in the URL; if the database is lost, run \`msr recover\``,
  },
  {
    what: 'a server that does not answer',
    change: () => ({ MSR_DATABASE_URL: databaseUrl((url) => Object.assign(url, { host: '127.0.0.1:2' })) }),
    said: () =>
      `127.0.0.1:2/${msr.database} cannot be reached: connect ECONNREFUSED 127.0.0.1:2\nHINT: check host, port and network, and that the server runs`,
  },
  {
    what: 'a database without TimescaleDB',
    change: () => ({ MSR_DATABASE_URL: msr.url('admin', 'template1') }),
    said: () =>
      'the database has no TimescaleDB extension\nHINT: MSR needs TimescaleDB, which Amazon RDS and Aurora, Azure Database and Cloud SQL cannot have; check the database name in the URL',
  },
  {
    what: 'a broker that does not answer',
    change: () => ({ MSR_KAFKA_BROKERS: '127.0.0.1:2' }),
    said: () =>
      'Kafka at 127.0.0.1:2 cannot be used: Connection error: connect ECONNREFUSED 127.0.0.1:2\nHINT: check MSR_KAFKA_BROKERS, the credentials and that a broker listens there',
  },
  {
    what: 'a Connect that does not answer',
    change: () => ({ MSR_CONNECT_URL: 'http://127.0.0.1:2' }),
    said: () =>
      'Kafka Connect at http://127.0.0.1:2 cannot be reached: connect ECONNREFUSED 127.0.0.1:2\nHINT: check MSR_CONNECT_URL and that a worker runs there',
  },
  {
    what: 'a connector that is not there',
    change: () => ({ MSR_SINK_CONNECTOR: 'no-such-sink' }),
    said: () =>
      `Kafka Connect at ${bed.connectUrl} has no /connectors/no-such-sink/config: Connector no-such-sink not found\nHINT: check MSR_SINK_CONNECTOR; \`curl ${bed.connectUrl}/connectors\` lists what is there`,
  },
  {
    what: 'a vault that is a file',
    change: () => ({ MSR_VAULT_URL: fileInTheWay() }),
    said: ({ MSR_VAULT_URL: url }) =>
      `the vault ${url} cannot be read (locks/operation.json): a part of the path is a file, not a directory\nHINT: let the user that runs msr read the directory, and check MSR_VAULT_URL`,
  },
  {
    what: 'no pg_dump',
    change: () => ({ MSR_PG_BIN: '/nonexistent' }),
    said: () =>
      "/nonexistent/pg_dump is not there\nHINT: install the PostgreSQL client of the server's version, or set MSR_PG_BIN to the directory that holds it",
  },
  {
    what: 'a pg_dump older than the server',
    change: () => ({ MSR_PG_BIN: oldPgBin() }),
    said: () =>
      'pg_dump is version 12.1, the server 17: an older pg_dump cannot read it\nHINT: install the PostgreSQL 17 client, or set MSR_PG_BIN to the directory that holds it',
  },
];

describe('msr backup, given what cannot work, says it and changes nothing', () => {
  test.each(BAD_INPUT.map((input) => [input.what, input] as const))('%s', async (_, { change, said }) => {
    const changed = change();
    expect(await runCli(['backup'], { ...env, ...changed })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `msr: ${said(changed)}\n`,
    });
    await expectUntouched();
  });

  test('another operation that runs', async () => {
    const lock = await acquireLock(openVault(env['MSR_VAULT_URL'] ?? ''), { purpose: 'recover' });
    const { exitCode, stderr } = await runCli(['backup'], env);
    await lock.release();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^msr: another operation holds the lock: recover, since \S+, by process \d+ on \S+\nHINT: wait until it ends, or end process \d+ on \S+: its lock is then free\n$/,
    );
    await expectUntouched();
  });

  async function expectUntouched(): Promise<void> {
    const vault = openVault(env['MSR_VAULT_URL'] ?? '');
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await readFreeze(vault, msr.connector)).toBeUndefined();
    expect(await listBackups(vault)).toEqual([]);
    expect(await currentOwner(vault)).toBeUndefined();
  }
});

describe('a real backup', () => {
  test('is taken, listed, shown and verified; damage to it is found by reading', async () => {
    const taken = await runCli(['backup', '--json'], env);
    expect(taken.exitCode, taken.stdout + taken.stderr).toBe(0);
    const { id, events } = JSON.parse(taken.stdout);
    expect(events.count).toBe(EVENTS);
    const listed = JSON.parse((await runCli(['backups', 'list', '--json'], env)).stdout);
    expect(listed.backups).toMatchObject([{ id, state: 'complete', cut: { exact: true }, events }]);
    const shown = await runCli(['backups', 'show', id, '--json'], env);
    expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(taken.stdout));
    const verified = await runCli(['backups', 'verify', id], env);
    expect(verified.exitCode, verified.stderr).toBe(0);
    expect(verified.stdout).toMatch(
      /size and SHA-256 are those of the manifest, pg_restore reads all of it\n[\s\S]*backup \S+ is verified/,
    );

    const file = join(directory, VaultPath.dump(id));
    const whole = readFileSync(file);
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1;
    await expectDamaged(id, file, flipped, / its SHA-256 is [0-9a-f]{64}; the manifest says [0-9a-f]{64}\n/);
    const half = whole.subarray(0, whole.length >> 1);
    await expectDamaged(
      id,
      file,
      half,
      new RegExp(` it has ${half.length} bytes; the manifest says ${whole.length}\n`),
    );
  });

  async function expectDamaged(id: string, file: string, content: Buffer, said: RegExp): Promise<void> {
    writeFileSync(file, content);
    const { exitCode, stdout } = await runCli(['backups', 'verify', id], env);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(said);
    expect(stdout).toMatch(/ is DAMAGED\nHINT: do not restore it; /);
  }
});

test('msr validate finds the database whole, and one without its tables not', async () => {
  const { exitCode, stdout } = await runCli(['validate'], env);
  expect(stdout).toMatch(
    /\nthe test of the MSR API wrote the session \S+: the session was ended and deleted: nothing is left of it\n\S+: a whole MSR database; the MSR API serves it\n$/,
  );
  expect(exitCode).toBe(0);
  const { MSR_API_URL: _, ...nowhere } = env;
  const untested = await runCli(['validate'], nowhere);
  expect(untested.stdout).toMatch(
    /\nHINT \(MSR API\): set MSR_API_URL .*\n\S+: a whole MSR database; the MSR API was not tested\n$/,
  );
  expect(untested.exitCode).toBe(2);
  expect(await runCli(['validate', '--no-api'], nowhere)).toMatchObject({ exitCode: 0 });
  const empty = await runCli(['validate', '--json', '--database-url', msr.url('admin', 'template1')], env);
  expect(empty.exitCode).toBe(1);
  expect(JSON.parse(empty.stdout)).toMatchObject({ verdict: 'not recovered' });
});
