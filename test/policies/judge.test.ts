import { expect, it } from 'vitest';
import { Account } from './account.ts';
import { askEach } from './judge.ts';
import type { Role } from './policies.ts';
import { type AccessRequest, Authorization } from './simulate.ts';

const ROLE = 'arn:aws:iam::111122223333:role/task';
const document = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow' as const, Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }],
};
const role: Role = {
  ...{ name: 'task', arn: ROLE, trust: { name: 'trust', document } },
  policies: [{ name: 'policy', document }],
};
const account = new Account([], { id: '111122223333', region: 'eu-west-1' });
const authorization = new Authorization(account, [role]);
const request = (action: string, resource: string): AccessRequest => ({
  ...{ principal: ROLE, action, resource, context: {}, because: 'msr-task: a call' },
});

it('goes on after what the simulator cannot judge, and names who asked for what', async () => {
  const { answers, failed } = await askEach(authorization, [
    // As an emulator's own call without a resource was recorded once.
    request('secretsmanager:CreateSecret', ''),
    request('s3:GetObject', 'arn:aws:s3:::b/k'),
    request('s3:PutObject', 'arn:aws:s3:::b/k'),
  ]);
  expect(answers.map(({ result }) => result)).toEqual(['Allowed', 'ImplicitlyDenied']);
  expect(failed).toEqual([
    {
      what: `msr-task: a call: ${ROLE} asks for secretsmanager:CreateSecret on ""`,
      why: expect.stringContaining('secretsmanager:CreateSecret'),
    },
  ]);
});
