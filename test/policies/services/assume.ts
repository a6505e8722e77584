import type { Account } from '../account.ts';
import type { AccessRequest } from '../simulate.ts';

/**
 * A service takes a role.
 * @param sourceArn what it does so for; undefined where the service sends no source
 */
export function assume(
  account: Account,
  role: string,
  service: string,
  sourceArn: string | undefined,
  because: string,
): AccessRequest {
  const source =
    sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': account.id };
  return { principal: service, action: 'sts:AssumeRole', resource: role, context: source, because };
}
