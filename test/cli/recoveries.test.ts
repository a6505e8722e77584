import { describe, expect, test } from 'vitest';
import { watchRecovery } from '../../src/cli/watch-recovery.ts';
import { silentProgress } from '../../src/core/progress.ts';
import { writeRecoveryDocument } from '../../src/recovery/documents.ts';
import { writeReport } from '../../src/recovery/end/report.ts';
import { planRecovery } from '../../src/recovery/plan/plan-recovery.ts';
import { readStatus } from '../../src/recovery/status/read-status.ts';
import { acquireLock } from '../../src/vault/lock.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { assessment, RECOVERY_ID, request } from '../recovery/plan/sample-assessment.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { runCli } from './run-cli.ts';

const plan = planRecovery(assessment(), request(), RECOVERY_ID);
const end = { recoveryId: RECOVERY_ID, procedure: 'standard' } as const;

async function planned(vault: Vault): Promise<void> {
  await writeRecoveryDocument(vault, RECOVERY_ID, 'plan', plan);
}

async function heard(vault: Vault, notes: readonly string[], done: number): Promise<void> {
  const latest = { activity: 'replay', done, total: 100, unit: 'events' };
  const at = new Date(Date.now() + 1).toISOString();
  await writeRecoveryDocument(vault, RECOVERY_ID, 'progress', { at, notes, latest, activity: 'replay: …' });
}

describe('msr recoveries', () => {
  test('list: one line each, with what is to be done', async () => {
    const { vault, url } = temporaryVault();
    await planned(vault);
    const { stdout, exitCode } = await runCli(['recoveries', 'list'], { MSR_VAULT_URL: url });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^RECOVERY +PROCEDURE +STATE +LAST HEARD OF +BACKUP +REMARK\n20261123T041500Z-9f3a {2}standard {3}planned {2}\S+Z {2}20261123T030000Z-aaaa\n$/,
    );
  });

  test('list: none is said', async () => {
    const { url } = temporaryVault();
    const { stdout } = await runCli(['recoveries', 'list'], { MSR_VAULT_URL: url });
    expect(stdout).toBe(`no recovery in ${url}; check MSR_VAULT_URL, or start one with \`msr recover\`\n`);
  });

  test('show: an unknown id', async () => {
    const { url } = temporaryVault();
    const { exitCode, stderr } = await runCli(['recoveries', 'show', 'x'], { MSR_VAULT_URL: url });
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `msr: there is no recovery "x" in ${url}\nHINT: \`msr recoveries list\` shows what is there; check MSR_VAULT_URL\n`,
    );
  });

  test.each([
    ['recovered', 'could not verify', 2],
    ['not recovered', 'not recovered', 1],
  ] as const)('watch: an end (%s) gives its exit code', async (outcome, verdict, code) => {
    const { vault, url } = temporaryVault();
    await planned(vault);
    await writeReport(vault, { ...end, outcome });
    const { exitCode, stdout } = await runCli(['recoveries', 'watch'], { MSR_VAULT_URL: url });
    expect(exitCode).toBe(code);
    expect(stdout).toContain(`verdict   ${verdict.toUpperCase()}`);
  });
});

test('watch: says what comes, each thing once, until the end', async () => {
  const { vault } = temporaryVault();
  await planned(vault);
  const lock = await acquireLock(vault, { purpose: 'recover' });
  await heard(vault, ['restore'], 1);
  const said: string[] = [];
  const progress = {
    ...silentProgress,
    note: (message: string) => void said.push(message),
    update: ({ done }: { done: number }) => void said.push(`${done} %`),
  };
  const steps = [
    () => heard(vault, ['restore', 'replay'], 40),
    () => heard(vault, ['restore', 'replay'], 40),
    async () => {
      await writeReport(vault, { ...end, outcome: 'not recovered' });
      await lock.release();
    },
  ];
  const read = async () => {
    const status = await readStatus(vault, RECOVERY_ID);
    await steps.shift()?.();
    return status;
  };
  const { signal } = new AbortController();
  const status = await watchRecovery({ read, progress, signal, intervalMs: 1 });
  expect(status.state).toBe('not recovered');
  expect(said.filter((text) => !text.endsWith('%'))).toEqual([
    `${RECOVERY_ID}: running`,
    'restore',
    'replay',
    `${RECOVERY_ID}: not recovered`,
  ]);
  expect(new Set(said)).toContain('40 %');
});

test('watch: a dry run has ended when nothing follows', async () => {
  const { vault } = temporaryVault();
  await planned(vault);
  const { signal } = new AbortController();
  const read = () => readStatus(vault, RECOVERY_ID);
  const status = await watchRecovery({
    read,
    progress: silentProgress,
    signal,
    intervalMs: 1,
    restMs: 20,
  });
  expect(status.state).toBe('planned');
});
