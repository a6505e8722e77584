import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { disagreements, readDecision } from '../../scripts/decisions/decision.ts';
import { decisionsPage, readDecisions } from '../../scripts/decisions/decisions-page.ts';

const FILE = '0007-some-words.md';
const WHOLE =
  '# 0007: Some words\n\n- Status: Accepted\n- Date: 2026-11-23\n\n## Context\n\nC.\n\n## Decision\n\nD.\n\n## Consequences\n\nE.\n';

test('docs/adr/README.md lists every decision and no other; `npm run docs:decisions` writes it', () => {
  const index = readFileSync(new URL('../../docs/adr/README.md', import.meta.url), 'utf8');
  expect(index).toBe(decisionsPage(readDecisions()));
});

test('a decision that another one changes and that one name each other', () => {
  expect(disagreements(readDecisions())).toEqual([]);
});

describe('a decision', () => {
  it('is read with its number, title, status and date', () => {
    const text = WHOLE.replace('Accepted', 'Accepted; extended by 0009, 0015 and 0019');
    expect(readDecision(FILE, text)).toEqual({
      file: FILE,
      number: '0007',
      title: 'Some words',
      status: 'Accepted; extended by 0009, 0015 and 0019',
      date: '2026-11-23',
      later: ['0009', '0015', '0019'],
      text,
    });
  });

  it.each([
    ['a file without a number', 'some-words.md', WHOLE, 'expected the name'],
    ['a title with another number', FILE, WHOLE.replace('0007', '0008'), 'the number 0008'],
    ['no status', FILE, WHOLE.replace('- Status: Accepted\n', ''), 'expected "# NNNN: title"'],
    ['an unknown status', FILE, WHOLE.replace('Accepted', 'Done'), 'the status "Done"'],
    ['no date', FILE, WHOLE.replace('- Date: 2026-11-23\n', ''), 'expected "# NNNN: title"'],
    ['a missing heading', FILE, WHOLE.replace('## Decision\n', ''), 'its headings are Context,Consequences'],
    ['a wide line', FILE, WHOLE.replace('C.', 'C '.repeat(60)), 'longer than 110 columns'],
  ])('is refused with %s', (_, file, text, why) => {
    expect(() => readDecision(file, text)).toThrow(why);
  });
});

describe('disagreements', () => {
  const decision = (number: string, status: string, context = 'C.') =>
    readDecision(
      FILE.replace('0007', number),
      WHOLE.replace('0007', number).replace('Accepted', status).replace('C.', context),
    );

  it.each([
    [
      'the later one names it',
      [decision('0007', 'Superseded by 0009'), decision('0009', 'Accepted', '0007 was wrong.')],
      [],
    ],
    [
      'the later one is silent',
      [decision('0007', 'Superseded by 0009'), decision('0009', 'Accepted')],
      ['0007 is changed by 0009, which is not there or does not name it'],
    ],
    [
      'the later one is missing',
      [decision('0007', 'Accepted; extended by 0009')],
      ['0007 is changed by 0009, which is not there or does not name it'],
    ],
    [
      'one number stands twice',
      [decision('0007', 'Accepted'), decision('0007', 'Accepted')],
      ['0007 stands twice'],
    ],
  ])('%s', (_, decisions, expected) => {
    expect(disagreements(decisions)).toEqual(expected);
  });
});
