import type { AwsAnswer, AwsRule } from '../../aws/front.ts';

/** As EC2 refuses a call. */
export function refusal(code: string, message = 'a test refuses it'): AwsAnswer {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status: 400, body: `<Response><Errors>${error}</Errors><RequestID>1</RequestID></Response>` };
}

/** moto completes every snapshot at once; EC2 takes its time. */
export function asPending({ status, body }: AwsAnswer, percent: number): AwsAnswer {
  return { status, body: withState(body, 'pending', percent) };
}

export function withState(body: string, state: string, percent: number): string {
  return body
    .replaceAll('<status>completed</status>', `<status>${state}</status>`)
    .replaceAll('<progress>100%</progress>', `<progress>${percent}%</progress>`);
}

/** moto knows neither of the two. */
export function lockingRule(locked: Map<string, string>): AwsRule {
  return async ({ action, parameters }, moto) => {
    if (action === 'LockSnapshot') {
      locked.set(parameters.get('SnapshotId') ?? '', parameters.get('LockDuration') ?? '');
      return {
        status: 200,
        body: '<LockSnapshotResponse><lockState>governance</lockState></LockSnapshotResponse>',
      };
    }
    if (action !== 'DescribeLockedSnapshots') return await moto();
    const items = [...locked].map(
      ([id, days]) =>
        `<item><snapshotId>${id}</snapshotId><lockState>governance</lockState><lockDuration>${days}</lockDuration></item>`,
    );
    const set = `<snapshotSet>${items.join('')}</snapshotSet>`;
    return { status: 200, body: `<DescribeLockedSnapshotsResponse>${set}</DescribeLockedSnapshotsResponse>` };
  };
}
