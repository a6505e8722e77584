import { expect, it } from 'vitest';
import { type GuardFacts, guardChecks, lookAtGuard } from '../../src/doctor/guard-checks.ts';
import { writeGuardMark } from '../../src/freeze/guard-mark.ts';
import { writeJson } from '../../src/vault/json-documents.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const AT = '2026-11-23T04:15:00.000Z';

it.each<[GuardFacts, string, string]>([
  [{ state: 'alive', host: 'db1', renewedAt: AT }, 'ok', 'msr guard watches over the sink on db1'],
  [
    { state: 'none' },
    'warning',
    'no msr guard runs: after docker kill, an end of the memory or a power cut ',
  ],
  [
    { state: 'silent', host: 'db1', renewedAt: AT },
    'warning',
    `msr guard on db1 is silent since ${AT}: after `,
  ],
])('%j is %s', (seen, outcome, fact) => {
  const [check] = guardChecks({ seen });
  expect(check).toMatchObject({ outcome, fact: expect.stringContaining(fact) });
  expect(check?.hint?.includes('docs/guard.md') ?? false).toBe(outcome === 'warning');
});

it('is nothing to look at where schedules of AWS resume the sink', () => {
  expect(guardChecks(undefined)).toEqual([]);
});

const elsewhere = (renewals: number) => ({
  ...{ host: 'other', machine: 'another container', pid: 1, processStart: '1' },
  ...{ renewals, renewedAt: AT },
});
const markElsewhere = (vault: Vault, renewals: number) =>
  writeJson(vault, VaultPath.guard('sink'), elsewhere(renewals));

it('tells a guard of this machine by its process', async () => {
  const { vault } = temporaryVault();
  expect(await lookAtGuard(vault, 'sink')).toEqual({ state: 'none' });
  await writeGuardMark(vault, 'sink', 1);
  expect(await lookAtGuard(vault, 'sink')).toMatchObject({ state: 'alive' });
});

it('tells one of another container by its renewals, whatever its clock says', async () => {
  const { vault } = temporaryVault();
  await markElsewhere(vault, 1);
  const watch = { forMs: 300, everyMs: 20 };
  expect(await lookAtGuard(vault, 'sink', watch)).toMatchObject({ state: 'silent', renewedAt: AT });
  let renewals = 1;
  let written: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    written = markElsewhere(vault, ++renewals);
  }, 50);
  const seen = await lookAtGuard(vault, 'sink', { forMs: 20_000, everyMs: 20 });
  clearInterval(timer);
  // The vault goes away with the test.
  await written;
  expect(seen).toMatchObject({ state: 'alive', host: 'other' });
});
