import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { requestApproval } from '../../src/recovery/approval/request-approval.ts';
import { writeRecoveryDocument } from '../../src/recovery/documents.ts';
import { planRecovery } from '../../src/recovery/plan/plan-recovery.ts';
import { readStatus } from '../../src/recovery/status/read-status.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { assessment, RECOVERY_ID, request } from '../recovery/plan/sample-assessment.ts';
import { type TemporaryVault, temporaryVault } from '../vault/temporary-vault.ts';
import { type CliResult, runCli } from './run-cli.ts';

const plan = planRecovery(assessment(), request(), RECOVERY_ID);

let vault: TemporaryVault;
beforeEach(() => {
  vault = temporaryVault();
});

async function ask(to: Vault, taskToken = 'opaque-token'): Promise<void> {
  await writeRecoveryDocument(to, RECOVERY_ID, 'plan', plan);
  const planPath = VaultPath.recoveryDocument(RECOVERY_ID, 'plan');
  const question = { taskToken, recoveryId: RECOVERY_ID, planHash: plan.hash, planPath };
  await requestApproval(to, { ...question, expiresInSeconds: 600 }, undefined);
}

/** Step Functions, as far as answers go: keeps what it was sent, and says what it is told to. */
async function stepFunctions(refusal?: string): Promise<unknown[]> {
  const received: unknown[] = [];
  const server = createServer(async (message, response) => {
    const action = String(message.headers['x-amz-target']).split('.')[1];
    received.push([action, await json(message)]);
    response.writeHead(refusal === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(refusal === undefined ? '{}' : JSON.stringify({ __type: refusal, message: 'no' }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  onTestFinished(() => {
    process.env = before;
    server.closeAllConnections();
    server.close();
  });
  return received;
}

function msr(...args: string[]): Promise<CliResult> {
  return runCli(args, { MSR_VAULT_URL: vault.url });
}

describe('msr approve', () => {
  test('answers under the token, and notes who did', async () => {
    await ask(vault.vault);
    const received = await stepFunctions();
    const { exitCode, stdout } = await msr('approve', RECOVERY_ID, '--plan', plan.hash);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `plan ${plan.hash} of recovery ${RECOVERY_ID} is approved; follow it with \`msr recoveries watch ${RECOVERY_ID}\`\n`,
    });
    expect(received).toEqual([
      [
        'SendTaskSuccess',
        { taskToken: 'opaque-token', output: JSON.stringify({ approvedPlanHash: plan.hash }) },
      ],
    ]);
    const { approval, state } = await readStatus(vault.vault, RECOVERY_ID);
    expect(state).toBe('approved');
    expect(approval).toMatchObject({ answer: { decision: 'approved', by: expect.stringContaining('@') } });
    expect(approval?.taskToken).toBeUndefined();
  });

  test('without a plan and without a terminal nothing is approved', async () => {
    await ask(vault.vault);
    expect((await msr('approve', RECOVERY_ID)).stderr).toBe(
      `msr: nobody is here who could read the plan and say yes\nHINT: name the plan that you have read: \`msr approve ${RECOVERY_ID} --plan <hash>\`\n`,
    );
  });

  test('a recovery that asks nothing', async () => {
    expect((await msr('approve', RECOVERY_ID, '--plan', plan.hash)).stderr).toBe(
      `msr: recovery ${RECOVERY_ID} asks for no approval in ${vault.url}\nHINT: \`msr recoveries list\` shows which recovery does; check MSR_VAULT_URL\n`,
    );
  });

  test.each([
    [
      'TaskTimedOut',
      `recovery ${RECOVERY_ID} no longer waits for an answer (TaskTimedOut)\nHINT: it was answered, it expired, or its execution was stopped; start the recovery again for a new plan`,
    ],
    [
      'AccessDeniedException',
      `the answer to recovery ${RECOVERY_ID} could not be given: AccessDeniedException\nHINT: whoever answers needs states:SendTaskSuccess and states:SendTaskFailure on the state machine`,
    ],
  ])('%s is told in plain words, and leaves the question as it is', async (refusal, said) => {
    await ask(vault.vault);
    await stepFunctions(refusal);
    const { exitCode, stderr } = await msr('approve', RECOVERY_ID, '--plan', plan.hash);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: `msr: ${said}\n` });
    expect((await readStatus(vault.vault, RECOVERY_ID)).approval?.taskToken).toBe('opaque-token');
  });
});

test('msr reject ends it with the reason', async () => {
  await ask(vault.vault);
  const received = await stepFunctions();
  const { exitCode } = await msr('reject', RECOVERY_ID, '--reason', 'the disk is back');
  expect(exitCode).toBe(0);
  expect(received).toEqual([
    [
      'SendTaskFailure',
      {
        taskToken: 'opaque-token',
        error: 'ApprovalDeniedError',
        cause: expect.stringContaining('the disk is back'),
      },
    ],
  ]);
  expect((await readStatus(vault.vault, RECOVERY_ID)).state).toBe('rejected');
  expect((await msr('reject', RECOVERY_ID)).stderr).toMatch(/was rejected by \S+@\S+ at \S+ already\nHINT/);
});
