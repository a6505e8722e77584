type Random = () => number;

/** Random JSON text of the kinds that printers disagree on; about one in twelve is not JSON, or not jsonb. */
export function nastyJson(random: Random): string {
  const text = value(random, 4);
  return random() < 0.08 ? damage(text, random) : text;
}

function value(random: Random, depth: number): string {
  const kind = Math.floor(random() * (depth === 0 ? 4 : 7));
  if (kind === 0) return number(random);
  if (kind <= 2) return string(random);
  if (kind === 3) return pick(random, ['true', 'false', 'null', '-0', '""', '{}', '[]']);
  const size = Math.floor(random() * 6);
  const space = () => pick(random, ['', '', '', ' ', '\n', '\t ', '\r']);
  if (kind === 4) {
    return `[${Array.from({ length: size }, () => space() + value(random, depth - 1) + space()).join(',')}]`;
  }
  const member = () =>
    `${space()}${string(random)}${space()}:${space()}${value(random, depth - 1)}${space()}`;
  return `{${Array.from({ length: size }, member).join(',')}}`;
}

function number(random: Random): string {
  const digits = (most: number) =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => digit(random)).join('');
  const integer = random() < 0.3 ? '0' : digits(random() < 0.1 ? 40 : 5).replace(/^0+(?=\d)/, '');
  const fraction = random() < 0.5 ? `.${digits(random() < 0.1 ? 30 : 4)}` : '';
  const exponent =
    random() < 0.3 ? `${pick(random, ['e', 'E'])}${pick(random, ['', '+', '-'])}${digits(2)}` : '';
  return `${random() < 0.3 ? '-' : ''}${integer}${fraction}${exponent}`;
}

function digit(random: Random): number {
  return random() < 0.3 ? 0 : Math.floor(random() * 10);
}

const PIECES = [
  'a',
  'b',
  'aa',
  'B',
  'z',
  ' ',
  '/',
  "'",
  '$',
  '\u007f',
  '\u0080',
  '\u00e9',
  'e\u0301',
  '\u2028',
  '\uffee',
  '\ufffd',
  '😀',
  '𝒳',
  '\\"',
  '\\\\',
  '\\/',
  '\\b',
  '\\f',
  '\\n',
  '\\r',
  '\\t',
  '\\u0001',
  '\\u001F',
  '\\u00e9',
  '\\u00E9',
  '\\uD83D\\uDE00',
  '\\uffff',
  '\\u0061',
  '\\\\N',
  '\\\\u0000',
];
const POISON = ['\\u0000', '\\ud83d', '\\ude00', '\\ud83d\\u0041'];

/** Short, so that keys are equal, and of equal length, often. */
function string(random: Random): string {
  const length = Math.floor(random() * 4);
  const text = Array.from({ length }, () => pick(random, PIECES)).join('');
  return `"${text}${random() < 0.004 ? pick(random, POISON) : ''}"`;
}

function damage(text: string, random: Random): string {
  const at = Math.floor(random() * text.length);
  const damaged =
    text.slice(0, at) + pick(random, ['', ',', '"', '}', '0', '\\', '\t', 'x']) + text.slice(at + 1);
  // Half a surrogate pair would not reach the server as it is.
  return damaged.toWellFormed();
}

function pick<T>(random: Random, from: readonly [T, ...T[]] | readonly T[]): T {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new RangeError('nothing to pick from');
  return picked;
}
