import { secretText } from '../clients/secrets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { withHintInMessage } from '../edge/lambda-edge.ts';
import { type Notice, readNotice, snsEventSchema } from './notice.ts';
import { PagingVariable } from './paging-environment.ts';
import { noticeWithFindings } from './read-findings.ts';

/**
 * The handler of a Lambda that hands on what a topic says. The secret is read at each call: pages are
 * rare, and a key that was changed serves at once. What is thrown makes SNS's call be tried again, then a
 * dead letter.
 * @param tell hands one notice to the service, by what the secret holds
 */
export function notifier(
  tell: (notice: Notice, secret: string) => Promise<void>,
): (event: unknown) => Promise<void> {
  return async (event) => {
    try {
      const { Records } = snsEventSchema.parse(event);
      const secret = await secretText(pagingVariable(PagingVariable.secret));
      for (const record of Records) {
        await tell(await noticeWithFindings(readNotice(record), process.env), secret);
      }
    } catch (error) {
      throw withHintInMessage(error);
    }
  };
}

/** @throws OperatorError where the stage has not set it */
export function pagingVariable(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new OperatorError(`${name} is not set`, { hint: 'deploy the stage again; its constructs set it' });
}
