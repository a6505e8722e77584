import { expect, it } from 'vitest';
import { resourcePolicyOf } from '../../policies/policies.ts';
import type { Policy, Statement } from '../../policies/policy.ts';
import { serviceRequests } from '../../policies/services/service-requests.ts';
import type { AccessRequest, Answer } from '../../policies/simulate.ts';
import { authorizationOf, judgedStage } from '../../policies/stages.ts';

const stage = judgedStage('deployed');
const { account, roles } = stage;
const authorization = authorizationOf(stage);
const requests = serviceRequests(account);

function requestOf(action: string, because: RegExp, principal = /./): AccessRequest {
  const found = requests.find(
    (each) => each.action === action && because.test(each.because) && principal.test(each.principal),
  );
  if (found === undefined) throw new Error(`no service asks for ${action}`);
  return found;
}

/** The statements that allowed it, where they stand. */
function allowing({ request, used }: Answer): Array<readonly [Statement[], number]> {
  const policies: Policy[] = roles.flatMap((role) => [role.trust, ...role.policies]);
  const ofResource = resourcePolicyOf(account, request.resource);
  return used.map(({ policy, index }) => {
    const found = [...policies, ...(ofResource === undefined ? [] : [ofResource])].find(
      ({ name }) => name === policy,
    );
    return [(found?.document.Statement ?? []) as Statement[], index] as const;
  });
}

it.each<[string, AccessRequest]>([
  ['a key', requestOf('kms:Encrypt', /CloudWatch Logs keeps/)],
  ['a topic', requestOf('sns:Publish', /CloudWatch tells of/)],
  ['a queue', requestOf('sqs:SendMessage', /EventBridge reports/, /^events/)],
  ['a bucket', requestOf('s3:PutObject', /S3 logs/)],
  ['a function', requestOf('lambda:InvokeFunction', /Step Functions runs/)],
  ['a role to pass', requestOf('iam:PassRole', /Step Functions runs/)],
  ['a role to take', requestOf('sts:AssumeRole', /Scheduler fires/)],
  ['a task to start', requestOf('ecs:RunTask', /Step Functions runs/)],
])('without the one statement for %s the request is denied', async (_, request) => {
  const before = await authorization.ask(request);
  expect(before.result).toBe('Allowed');
  const taken = allowing(before).map(([statements, index]) => {
    const [statement] = statements.splice(index, 1);
    return () => statement !== undefined && statements.splice(index, 0, statement);
  });
  expect(taken).toHaveLength(1);
  expect((await authorization.ask(request)).result).toBe('ImplicitlyDenied');
  for (const giveBack of taken) giveBack();
  expect((await authorization.ask(request)).result).toBe('Allowed');
});
