import { describe, expect, it } from 'vitest';
import { type Approval, answerableToken, approvalState } from '../../../src/recovery/approval/approval.ts';
import { approvalNotice } from '../../../src/recovery/approval/approval-notice.ts';
import { requestApproval } from '../../../src/recovery/approval/request-approval.ts';
import { writeRecoveryDocument } from '../../../src/recovery/documents.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { type Vault, VaultPath } from '../../../src/vault/vault.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';
import { assessment, BACKUP_ID, RECOVERY_ID, request } from '../plan/sample-assessment.ts';

const plan = planRecovery(assessment(), request(), RECOVERY_ID);
const approval: Approval = {
  recoveryId: RECOVERY_ID,
  planHash: plan.hash,
  planPath: VaultPath.recoveryDocument(RECOVERY_ID, 'plan'),
  taskToken: 'opaque-token',
  requestedAt: '2026-11-23T04:15:00.000Z',
  expiresAt: '2026-11-23T16:15:00.000Z',
};
const during = Date.parse('2026-11-23T05:00:00.000Z');
const after = Date.parse('2026-11-23T16:15:00.000Z');
const answered: Approval = {
  ...approval,
  answer: { decision: 'rejected', at: '2026-11-23T04:20:00.000Z', by: 'anna@desk' },
};

describe('whether an answer counts', () => {
  it('does until the expiry, for the plan that waits', () => {
    expect(answerableToken(approval, plan.hash, during)).toBe('opaque-token');
    expect(answerableToken(approval, undefined, during)).toBe('opaque-token');
  });

  it.each([
    [
      'after its expiry',
      approval,
      plan.hash,
      after,
      `the approval of recovery ${RECOVERY_ID} expired at 2026-11-23T16:15:00.000Z\nHINT: nothing was changed; start the recovery again: it makes a new plan and asks again`,
    ],
    [
      'for another plan',
      approval,
      'ffffffffffff',
      during,
      `recovery ${RECOVERY_ID} waits for plan ${plan.hash}, not for ffffffffffff\nHINT: read it with \`msr recoveries show ${RECOVERY_ID}\`, then approve that hash`,
    ],
    [
      'twice',
      answered,
      plan.hash,
      during,
      `the plan of recovery ${RECOVERY_ID} was rejected by anna@desk at 2026-11-23T04:20:00.000Z already\nHINT: see what became of it with \`msr recoveries show ${RECOVERY_ID}\``,
    ],
    [
      'in place of a terminal',
      { ...approval, taskToken: 'local' },
      plan.hash,
      during,
      `recovery ${RECOVERY_ID} was not started in AWS\nHINT: answer at the terminal that runs \`msr recover\`, or run \`msr recover --approve <hash>\``,
    ],
  ])('does not %s', (_, given, hash, now, said) => {
    const error = caught(() => answerableToken(given, hash, now));
    expect(error).toMatchObject({ name: 'ApprovalNotPossibleError' });
    expect(error.format()).toBe(said);
  });

  it('tells an answer from an expiry', () => {
    expect(approvalState(approval, during)).toBe('waiting');
    expect(approvalState(approval, after)).toBe('expired');
    expect(approvalState(answered, after)).toBe('answered');
  });
});

describe('the notice', () => {
  const { subject, message } = approvalNotice(
    plan,
    approval,
    's3://vault/msr?documents=d&retention=r',
    during,
  );

  it('says what, at what price, until when, and the exact command', () => {
    expect(message).toContain(
      `restore the backup beside the live database, replay Kafka, prove it, take its place`,
    );
    expect(message).toContain(`\nLive database: gone: database is not there\nBackup: ${BACKUP_ID}\n`);
    expect(message).toMatch(
      /\n {2}Loss: 0 events\n {2}Time: \S.* to \S.* \(a guess\)\n {2}Cost in AWS, by list prices: \S.*\n {2}It destroys: nothing/,
    );
    expect(message).toContain(`\n  msr approve ${RECOVERY_ID} --plan ${plan.hash}\n`);
    expect(message).toContain(`expires at ${approval.expiresAt} (in 11h 15m)`);
    expect(message).toContain("\n  export MSR_VAULT_URL='s3://vault/msr?documents=d&retention=r'");
  });

  it('holds neither the token nor a link that a mail scanner could open', () => {
    expect(message).not.toContain('opaque-token');
    expect(message).not.toMatch(/https?:/);
  });

  it('has a subject that SNS takes', () => {
    expect(subject).toMatch(/^[ -~]{1,100}$/);
  });
});

describe('requestApproval', () => {
  const { requestedAt: _at, expiresAt: _until, ...asked } = approval;
  const question = { ...asked, taskToken: 'opaque-token', expiresInSeconds: 43_200 };
  const written = async (vault: Vault) =>
    JSON.parse(
      (await vault.readDocument(VaultPath.recoveryDocument(RECOVERY_ID, 'approval')))?.content ?? '',
    );

  it('writes the question before it tells people', async () => {
    const { vault } = temporaryVault();
    await writeRecoveryDocument(vault, RECOVERY_ID, 'plan', plan);
    const seen: unknown[] = [];
    const notice = async () => void seen.push(await written(vault));
    await requestApproval(vault, question, notice, Date.parse(approval.requestedAt));
    expect(seen).toEqual([approval]);
    expect(await written(vault)).toEqual({ ...approval, notified: true });
  });

  it('goes on where nobody can be told', async () => {
    const { vault } = temporaryVault();
    await writeRecoveryDocument(vault, RECOVERY_ID, 'plan', plan);
    await requestApproval(vault, question, () => Promise.reject(new Error('no such topic')));
    expect(await written(vault)).toMatchObject({ notified: false, taskToken: 'opaque-token' });
  });

  it('keeps an answer that comes before the notice is sent', async () => {
    const { vault } = temporaryVault();
    await writeRecoveryDocument(vault, RECOVERY_ID, 'plan', plan);
    await requestApproval(vault, question, () =>
      writeRecoveryDocument(vault, RECOVERY_ID, 'approval', answered),
    );
    expect(await written(vault)).toEqual(answered);
  });
});

function caught(work: () => unknown): { name: string; format(): string } {
  try {
    work();
  } catch (error) {
    return error as { name: string; format(): string };
  }
  throw new Error('nothing was thrown');
}
