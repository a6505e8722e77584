import { expect, it } from 'vitest';
import { Account } from './account.ts';
import { Grants } from './grants.ts';
import type { Role } from './policies.ts';
import type { Statement } from './policy.ts';
import type { AccessRequest } from './simulate.ts';

const account = new Account([], { id: '1', region: 'eu-west-1' });
const role = (name: string, ...Statement: Statement[]): Role => {
  const policy = (what: string) => ({
    name: `${name} ${what}`,
    document: { Version: '2012-10-17', Statement },
  });
  return { name, arn: `arn:aws:iam::1:role/${name}`, trust: policy('trust'), policies: [policy('policy')] };
};
const request = (action: string, resource: string): AccessRequest => ({
  ...{ principal: 'r', action, resource, context: {}, because: '' },
});
const objects: Statement = {
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:PutObject'],
  Resource: 'arn:aws:s3:::b/*',
};

it('lists each action of a statement that no request needed', () => {
  const grants = new Grants();
  grants.add(account, [role('a', objects)]);
  const used = [{ policy: 'a policy', index: 0 }];
  grants.use({ request: request('s3:GetObject', 'arn:aws:s3:::b/k'), result: 'Allowed', used });
  expect(grants.unused.map(({ action }) => action)).toEqual(['s3:PutObject']);
});

it('counts the same right of two roles once, whoever needed it', () => {
  const grants = new Grants();
  grants.add(account, [role('a', objects), role('b', objects)]);
  for (const [policy, action] of [
    ['a policy', 's3:GetObject'],
    ['b policy', 's3:PutObject'],
  ] as const) {
    grants.use({
      request: request(action, 'arn:aws:s3:::b/k'),
      result: 'Allowed',
      used: [{ policy, index: 0 }],
    });
  }
  expect(grants.count).toBe(2);
  expect(grants.unused).toEqual([]);
});

it('takes no denial for a right, and no other resource for this one', () => {
  const grants = new Grants();
  const statement: Statement = { Effect: 'Allow', Action: 'lambda:Invoke*', Resource: ['f', 'f:*'] };
  grants.add(account, [role('a', statement, { Effect: 'Deny', Action: '*', Resource: '*' })]);
  const used = [{ policy: 'a policy', index: 0 }];
  grants.use({ request: request('lambda:InvokeFunction', 'f'), result: 'Allowed', used });
  expect(grants.unused.map(({ resource }) => resource)).toEqual(['f:*']);
});
