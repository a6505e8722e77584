import type { RecordedCall } from '../aws/recording.ts';
import type { Account } from './account.ts';
import type { GivenKeys } from './encryption.ts';
import type { AccessRequest } from './simulate.ts';

/** A recorded call as a role of the account made it. */
export interface Call {
  readonly account: Account;
  /** The role's ARN. */
  readonly principal: string;
  readonly call: RecordedCall;
  readonly keys: GivenKeys;
}

export function request(
  { principal, call }: Call,
  action: string,
  resource: string,
  context: AccessRequest['context'] = {},
): AccessRequest {
  return { principal, action, resource, context, because: `${call.app}: ${call.service} ${call.operation}` };
}

/** Through which service a key is used. */
export function via({ call }: Call, service: string): { readonly service: string; readonly region: string } {
  return { service, region: call.region };
}
