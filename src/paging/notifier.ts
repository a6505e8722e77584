import { secretText } from '../clients/secrets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { withHintInMessage } from '../edge/lambda-edge.ts';
import { type Notice, readNotice, snsEventSchema } from './notice.ts';
import { PagingVariable } from './paging-environment.ts';
import { noticeWithFindings } from './read-findings.ts';

/**
 * The handler of a Lambda that hands on what a topic says. What is thrown makes SNS's call be tried again,
 * then a dead letter.
 * @param tell hands one notice on
 */
export function notifier(tell: (notice: Notice) => Promise<void>): (event: unknown) => Promise<void> {
  return async (event) => {
    try {
      const { Records } = snsEventSchema.parse(event);
      for (const record of Records) await tell(await noticeWithFindings(readNotice(record), process.env));
    } catch (error) {
      throw withHintInMessage(error);
    }
  };
}

/** A service's key. It is read at each call: pages are rare, and one that was changed serves at once. */
export async function pagingSecret(): Promise<string> {
  return await secretText(pagingVariable(PagingVariable.secret));
}

/** @throws OperatorError where the stage has not set it */
export function pagingVariable(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new OperatorError(`${name} is not set`, { hint: 'deploy the stage again; its constructs set it' });
}
