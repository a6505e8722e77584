/** A number at a position of a text, and where it ends. */
export interface JavaNumber {
  /** Number.intValue() of it: 32 bits. */
  readonly value: number;
  readonly end: number;
}

/** Digits of every script, as Character.digit takes them. */
const NUMBER = /(-?)(\p{Nd}+)(?:E(-?\p{Nd}+))?/uy;
const WORDS = /(-?)(∞|NaN|\uFFFD)/uy;

/**
 * NumberFormat.getIntegerInstance without grouping, at `from`: a minus sign, digits, and an exponent, which
 * DecimalFormat reads whether its pattern has one or not.
 * @returns undefined where there is no number
 */
export function parseJavaNumber(text: string, from: number): JavaNumber | undefined {
  NUMBER.lastIndex = from;
  const match = NUMBER.exec(text);
  if (match === null) return parseWord(text, from);
  const [whole, sign = '', digits = '', exponent] = match;
  const power = exponent === undefined ? undefined : exponentOf(exponent);
  // An exponent beyond a long is left where it stands.
  const length = power === undefined ? sign.length + digits.length : whole.length;
  return { value: intValue(ascii(digits), power ?? 0, sign === '-'), end: from + length };
}

function parseWord(text: string, from: number): JavaNumber | undefined {
  WORDS.lastIndex = from;
  const match = WORDS.exec(text);
  if (match === null) return undefined;
  const [whole, sign, word] = match;
  // Java's names of numbers in the root locale: U+FFFD was NaN before CLDR, and no minus
  // sign stands before either.
  if (word !== '∞') return sign === '' && word === 'NaN' ? { value: 0, end: from + whole.length } : undefined;
  return { value: sign === '-' ? MIN_INT : MAX_INT, end: from + whole.length };
}

const MAX_INT = 0x7fffffff;
const MIN_INT = -0x80000000;
const MAX_LONG = (1n << 63n) - 1n;

/**
 * What fits a long is cut to its low 32 bits; anything else is a double, which stops
 * at the ends of the range.
 */
function intValue(digits: string, power: number, negative: boolean): number {
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return 0;
  const [integer, fraction] = shift(significant, power);
  if (/[1-9]/.test(fraction) || integer.length > 19 || BigInt(integer) > MAX_LONG) {
    const double = Number(`${negative ? '-' : ''}${significant}e${power}`);
    return Math.trunc(Math.min(MAX_INT, Math.max(MIN_INT, double))) + 0;
  }
  const long = negative ? -BigInt(integer) : BigInt(integer);
  return Number(BigInt.asIntN(32, long));
}

/**
 * The digits before the point and those behind it, once it has moved; far beyond a
 * long nobody needs them all.
 */
function shift(digits: string, power: number): readonly [integer: string, fraction: string] {
  if (power >= 0) return [digits + '0'.repeat(Math.min(power, 20)), ''];
  const point = digits.length + power;
  return point > 0 ? [digits.slice(0, point), digits.slice(point)] : ['0', digits];
}

/** Java casts the exponent's long to an int. @returns undefined where it is beyond a long */
function exponentOf(text: string): number | undefined {
  const exponent = BigInt(ascii(text));
  if (BigInt.asIntN(64, exponent) !== exponent) return undefined;
  return Number(BigInt.asIntN(32, exponent));
}

/** Each digit in ASCII: Unicode lays the ten digits of a script side by side, from its zero on. */
function ascii(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    let zero = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && code - zero < 9) zero--;
    return String(code < 0x80 ? code - 0x30 : code - zero);
  });
}
