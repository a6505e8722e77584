import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileDateFormat, parseDate } from '../../src/sink/date-format.ts';
import { seededRandom } from '../bed/random.ts';

const PATTERNS = [
  'yyyy-MM-dd',
  'yyyy-MM-dd HH:mm:ss',
  'yyyy-MM-dd HH:mm:ss.SSS',
  "yyyy-MM-dd'T'HH:mm:ss",
  "yyyy-MM-dd'T'HH:mm:ss.SSS",
  "yyyy-MM-dd'T'HH:mm:ss'Z'",
  "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
  'dd.MM.yyyy HH:mm',
  'd/M/yyyy',
  'yyyyMMdd',
  'yyyyMMddHHmmssSSS',
  "yyyy''MM 'o''clock' HH",
  'yyyyy-M-d H:m:s.S',
  'ss dd yyyy',
  '(yyyy)',
  'HH:mm:ss',
];
const CASES = 40_000;
const seed = Number(process.env['MSR_BED_SEED'] ?? Date.now() % 1_000_000);

/** The bed's Java, which runs a source file as it is. */
const JAVA = { command: 'java', source: join(import.meta.dirname, 'DateFormatTruth.java') };

/** What java.text.SimpleDateFormat of this machine's Java says, in UTC. */
function askJava(cases: ReadonlyArray<readonly [pattern: string, text: string]>): string[] {
  const hex = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex');
  const { stdout, stderr, status } = spawnSync(
    JAVA.command,
    ['-Duser.language=en', '-Duser.country=US', JAVA.source],
    {
      input: cases.map(([pattern, text]) => `${hex(pattern)} ${hex(text)}\n`).join(''),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  if (status !== 0) throw new Error(`java: ${stderr}`);
  return stdout.trimEnd().split('\n');
}

/** A text that a careless producer may write for the pattern. */
function someText(pattern: string, random: () => number): string {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const number = (width: number): string => {
    const digits = Array.from({ length: random() < 0.8 ? width : Math.ceil(random() * 12) }, () =>
      Math.floor(random() * 10),
    ).join('');
    const rare = random();
    if (rare < 0.03)
      return pick(['', 'x', 'NaN', '∞', '-∞', '-NaN', '٣', '-٣٤', '１２', '−5', '+5', '1,000', '1.5']);
    if (rare < 0.06)
      return `${digits}E${pick(['', '0', '1', '2', '-1', '-4', '9', '-', '+1', '4294967296'])}`;
    if (rare < 0.1) return `${pick([' ', '  ', '\t', '\u00a0', '\n'])}${digits}`;
    return rare < 0.15 ? `-${digits}` : digits;
  };
  let text = pattern
    .replaceAll("''", '\u0001')
    .replace(/'([^']*)'|([A-Za-z])\2*/g, (token, quoted) =>
      quoted === undefined ? number(token.length) : [...(quoted as string)].map(escapeLetter).join(''),
    )
    .replaceAll('\u0001', "'");
  text = unescapeLetters(text);
  if (random() < 0.2) text += pick(['Z', '.123Z', ' ', '+02:00', 'abc', '9']);
  if (random() < 0.05) text = text.slice(0, Math.floor(random() * text.length));
  if (random() < 0.05) text = ` ${text}`;
  return text;
}

/** Quoted letters must outlive the replacement of the fields. */
const escapeLetter = (letter: string) => String.fromCharCode(letter.charCodeAt(0) + 0xe000);
const unescapeLetters = (text: string) =>
  text.replace(/[\ue000-\ue0ff]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xe000));

const KNOWN: ReadonlyArray<readonly [string, string]> = [
  ["yyyy-MM-dd'T'HH:mm:ss", '2026-11-23T04:15:00.250Z'],
  ['yyyy-MM-dd', '2026-01-32'],
  ['yyyy-MM-dd', '2026-13-01'],
  ['yyyy-MM-dd', '2026-00-00'],
  ['yyyy-MM-dd', ' 2026- 1- 2'],
  ['yyyy-MM-dd', '26-1-2'],
  ['yyyy-MM-dd', '2026--1--2'],
  ['yyyy-MM-dd', '0000-01-01'],
  ['yyyy-MM-dd', '0001-01-01'],
  ['yyyy-MM-dd', '-0044-03-15'],
  ['yyyy-MM-dd', '1582-10-04'],
  ['yyyy-MM-dd', '1582-10-05'],
  ['yyyy-MM-dd', '1582-10-14'],
  ['yyyy-MM-dd', '1582-10-15'],
  ['yyyy-MM-dd', '1583-01--100'],
  ['yyyy-MM-dd', '1581-01-900'],
  ['yyyy-MM-dd', '1500-02-29'],
  ['yyyy-MM-dd HH:mm:ss', '2026-11-23 24:60:60'],
  ['yyyy-MM-dd HH:mm:ss', '1582-10-15 -1:00:00'],
  ['yyyy-MM-dd HH:mm:ss', '1582-10-04 24:00:00'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSS", '2026-11-23T04:15:00.25'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSS", '2026-11-23T04:15:00.123456'],
  ['yyyy-MM-dd', '2147483648-01-01'],
  ['yyyy-MM-dd', '9223372036854775808-01-01'],
  ['yyyy-MM-dd', '292278995-01-01'],
  ['HH:mm:ss', ''],
];

it('reads dates as the SimpleDateFormat of the sink does, whatever the text', () => {
  console.log(`date formats: seed ${seed}`);
  const random = seededRandom(seed);
  const cases = [...KNOWN];
  while (cases.length < CASES) {
    const pattern = PATTERNS[Math.floor(random() * PATTERNS.length)] ?? '';
    cases.push([pattern, someText(pattern, random)]);
  }
  const truth = askJava(cases);
  const accepted = truth.filter((answer) => answer !== 'refused').length;
  expect(truth).toHaveLength(cases.length);
  // Neither half says anything if it is hardly met.
  expect(accepted).toBeGreaterThan(CASES / 4);
  expect(accepted).toBeLessThan(CASES);
  const wrong = cases.flatMap(([pattern, text], index) => {
    const format = compileDateFormat(pattern);
    const ours = format === undefined ? 'not compiled' : String(parseDate(text, format) ?? 'refused');
    return ours === truth[index] ? [] : [{ pattern, text, ours, java: truth[index] }];
  });
  expect(wrong.slice(0, 20)).toEqual([]);
});

it.each([
  'EEE, d MMM yyyy',
  'yy-MM-dd',
  'yyyy-MM-dd hh:mm a',
  "yyyy-MM-dd'T'HH:mm:ssXXX",
  "yyyy'",
  'YYYY',
  'kk:mm',
  'D',
])('does not pretend to read %s', (pattern) => {
  expect(compileDateFormat(pattern)).toBeUndefined();
});
