import { expect, it } from 'vitest';
import { endNotice } from '../../../src/recovery/end/end-notice.ts';
import type { RecoveryReport } from '../../../src/recovery/end/report.ts';

const ID = '20261123T041500Z-9f3a';
const checks = [
  { name: 'API replay events', outcome: 'passed' as const, fact: '20 events are as in the database' },
];
const report: RecoveryReport = {
  ...{ recoveryId: ID, procedure: 'standard', outcome: 'recovered', verdict: 'recovered' },
  ...{ endedAt: '2026-11-27T05:00:00.000Z', resumable: false, results: {}, notRun: [] },
  steps: [{ name: 'restore', startedAt: '2026-11-27T04:00:00.000Z', seconds: 65 }],
  api: { verdict: 'recovered', checks, wrote: 'nothing' },
  remarks: ['configuration comes from the old database'],
};
const told = (change: Partial<RecoveryReport> = {}) => endNotice({ ...report, ...change }, 's3://vault/az-a');

it('tells the verdict first, then what it rests on and where the rest stands', () => {
  expect(told()).toEqual({
    subject: `MSR recovery ${ID} ended: recovered`,
    message: `Recovery ${ID} (standard) ended: recovered.

It took 1m 5s after its approval.

The MSR API: 20 events are as in the database

- configuration comes from the old database

To read all of it:
  msr recoveries show ${ID}
or recoveries/${ID}/report.json in the vault.

The commands read where the vault is:
  export MSR_VAULT_URL='s3://vault/az-a'`,
  });
});

it('tells what to do about records that were set aside, as long as there are any', () => {
  const { subject, message } = told({ verdict: 'recovered, some set aside', setAside: 3 });
  expect(subject).toBe(`MSR recovery ${ID} ended: recovered, 3 set aside`);
  expect(message).toContain(`\n  msr quarantine list ${ID}\n`);
  expect(message).toContain(`\n  msr quarantine retry ${ID} --all\n`);
  expect(told({ setAside: 3, retried: 3 }).message).not.toContain('msr quarantine');
});
