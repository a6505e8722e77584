import { types } from 'pg';
import { OperatorError } from '../core/operator-error.ts';

/** https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const TIMESTAMPTZ = 1184;
const TIMESTAMP = 1114;
const DATE = 1082;

const ISO_MOMENT = /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d){0,2}( BC)?$/;

/** A time that the server wrote is none that can be read: what would be made of it, nobody knows. */
export class UnreadableMomentError extends OperatorError {
  override readonly name = 'UnreadableMomentError';

  constructor(text: string) {
    super(`the server wrote "${text}" where a moment in ISO 8601 belongs`, { hint: hintFor(text) });
  }
}

function hintFor(text: string): string {
  return /infinity$/.test(text)
    ? 'set the value to a moment: nothing can be counted up to infinity'
    : 'see DateStyle of the server, the database and the role (SHOW DateStyle): a function may have changed it within the session';
}

/**
 * A timestamptz's text as a Date, to the millisecond.
 * @throws UnreadableMomentError for another style, and for infinity: node-postgres would
 *   answer null, or a number
 */
export function parseMoment(text: string): Date {
  const parse: (text: string) => unknown = types.getTypeParser(TIMESTAMPTZ, 'text');
  const moment = ISO_MOMENT.test(text) ? parse(text) : undefined;
  if (moment instanceof Date && !Number.isNaN(moment.getTime())) return moment;
  throw new UnreadableMomentError(text);
}

/** For a `types` of node-postgres: times strictly, those without a zone as the text that they are. */
export const strictTypes = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === TIMESTAMPTZ && format !== 'binary') return parseMoment;
    if (oid === TIMESTAMP || oid === DATE) return String;
    return types.getTypeParser(oid, format);
  }) as typeof types.getTypeParser,
};
