import type { RecordedCall } from '../aws/recording.ts';
import type { Account } from './account.ts';
import { callersOf } from './callers.ts';

/** As an endpoint's service name ends, by how requests are signed. */
const ENDPOINT_OF: Readonly<Record<string, string>> = { monitoring: 'monitoring', events: 'events' };

/** What Fargate itself reaches from inside: the image, its layers in S3, and the log. */
const FARGATE = ['ecr.api', 'ecr.dkr', 'logs', 's3'];

/** The endpoints that a network without a way out must have for these calls. */
export function neededEndpoints(account: Account, calls: readonly RecordedCall[]): Set<string> {
  const inside = new Set(callersOf(account).flatMap(({ app, isInside }) => (isInside ? [app] : [])));
  const called = calls
    .filter(({ app }) => inside.has(app))
    .map(({ service }) => ENDPOINT_OF[service] ?? service);
  return new Set([...FARGATE, ...called]);
}

/** The endpoints that are made. */
export function madeEndpoints(account: Account): Set<string> {
  return new Set(
    account
      .ofType('AWS::EC2::VPCEndpoint')
      .map(({ properties, region }) =>
        String(properties['ServiceName']).replace(`com.amazonaws.${region}.`, ''),
      ),
  );
}
