import { millisOf } from './java-calendar.ts';
import { parseJavaNumber } from './java-number.ts';

/**
 * SimpleDateFormat as TimestampConverter uses it: lenient, in UTC, with a locale whose digits and minus sign
 * are ASCII's. We read the numeric fields in any order and number of letters: year (three letters or more:
 * two would mean a century that moves with the clock), month (one or two: three are a name), day, hour of the
 * day, minute, second, millisecond.
 * @see java.text.SimpleDateFormat#parse, #subParse (Java 17)
 */
type Field = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond';

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'number';
      readonly field: Field;
      /**
       * How many characters it takes where another number follows at once; undefined: as
       * many as there are digits.
       */
      readonly width: number | undefined;
    };

/** A pattern that parseDate can read. */
export interface DateFormat {
  readonly pattern: string;
  readonly parts: readonly Part[];
}

const FIELDS: Readonly<Record<string, Field>> = {
  y: 'year',
  M: 'month',
  d: 'day',
  H: 'hour',
  m: 'minute',
  s: 'second',
  S: 'millisecond',
};
const TOKEN = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']/gs;

/**
 * @returns undefined where the pattern has fields that we do not read as Java does (names,
 * zones, weeks, two digits)
 */
export function compileDateFormat(pattern: string): DateFormat | undefined {
  const tokens = [...pattern.matchAll(TOKEN)];
  // A quote that is not closed is in no token.
  if (tokens.map(([token]) => token).join('') !== pattern) return undefined;
  const parts: Part[] = [];
  for (const [index, [token, quoted, letter]] of tokens.entries()) {
    if (letter === undefined) {
      parts.push({ kind: 'text', text: token === "''" ? "'" : (quoted?.replaceAll("''", "'") ?? token) });
      continue;
    }
    const field = FIELDS[letter];
    if (field === undefined || !isNumeric(field, token.length)) return undefined;
    const next = tokens[index + 1]?.[2];
    parts.push({ kind: 'number', field, width: next === undefined ? undefined : token.length });
  }
  return { pattern, parts };
}

function isNumeric(field: Field, letters: number): boolean {
  if (field === 'year') return letters > 2;
  return field !== 'month' || letters <= 2;
}

/**
 * The time as the sink would have read it: blanks before numbers, signs, values beyond their field's range
 * (32 January), and anything after the last field are Java's to take.
 * @returns milliseconds since the epoch; undefined where SimpleDateFormat refuses the text
 */
export function parseDate(text: string, format: DateFormat): bigint | undefined {
  const fields = new Map<Field, number>();
  let at = 0;
  for (const part of format.parts) {
    if (part.kind === 'text') {
      if (!text.startsWith(part.text, at)) return undefined;
      at += part.text.length;
      continue;
    }
    const number = numberAt(text, at, part.width);
    if (number === undefined) return undefined;
    fields.set(part.field, number.value);
    at = number.end;
  }
  // DateFormat.parse takes a text of which nothing was read for a failure.
  if (at === 0) return undefined;
  return millisOf({
    year: fields.get('year') ?? 1970,
    month: fields.has('month') ? ((fields.get('month') ?? 0) - 1) | 0 : 0,
    day: fields.get('day') ?? 1,
    hour: fields.get('hour') ?? 0,
    minute: fields.get('minute') ?? 0,
    second: fields.get('second') ?? 0,
    millisecond: fields.get('millisecond') ?? 0,
  });
}

/** The blanks before it count for the width, as in Java. */
function numberAt(
  text: string,
  start: number,
  width: number | undefined,
): ReturnType<typeof parseJavaNumber> {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at++;
  if (at >= text.length) return undefined;
  if (width === undefined) return parseJavaNumber(text, at);
  if (start + width > text.length) return undefined;
  return parseJavaNumber(text.slice(0, start + width), at);
}
