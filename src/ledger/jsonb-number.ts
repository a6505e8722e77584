import { JsonbTextError } from './jsonb-error.ts';

/**
 * PostgreSQL's numeric: digits before and after the decimal point, and the exponents that it reads at all.
 */
const MAX_INTEGER_DIGITS = 131_072;
const MAX_SCALE = 16_383;
const MAX_EXPONENT = 2 ** 30 - 2;

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * A JSON number as jsonb prints it: the digits of its spelling at the scale that the spelling implies,
 * without exponent; `-0` is 0, `1E-3` is 0.001, `1.50e1` is 15.0.
 * @param spelling a valid JSON number
 * @throws JsonbTextError where numeric cannot hold it
 */
export function jsonbNumber(spelling: string): string {
  const match = NUMBER.exec(spelling);
  if (match === null) throw new JsonbTextError(`not a number: ${spelling.slice(0, 40)}`);
  const [, sign = '', integer = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  const scale = Math.max(0, fraction.length - exponent);
  if (Math.abs(exponent) > MAX_EXPONENT || scale > MAX_SCALE) throw tooLarge(spelling);
  const digits = (integer + fraction).replace(/^0+/, '');
  if (digits === '') return scale === 0 ? '0' : `0.${'0'.repeat(scale)}`;
  const integerDigits = digits.length - fraction.length + exponent;
  if (integerDigits > MAX_INTEGER_DIGITS) throw tooLarge(spelling);
  return sign + placePoint(digits, integerDigits, scale);
}

function placePoint(digits: string, integerDigits: number, scale: number): string {
  if (scale === 0) return digits.padEnd(integerDigits, '0');
  if (integerDigits <= 0) return `0.${'0'.repeat(-integerDigits)}${digits}`;
  return `${digits.slice(0, integerDigits)}.${digits.slice(integerDigits)}`;
}

function tooLarge(spelling: string): JsonbTextError {
  return new JsonbTextError(`the number ${spelling.slice(0, 40)} is outside the range of numeric`);
}
