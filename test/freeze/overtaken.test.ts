import { expect, it } from 'vitest';
import { isOvertaken, movedSince } from '../../src/freeze/overtaken.ts';

const at = (...offsets: readonly (number | undefined)[]) =>
  offsets.flatMap((offset, partition) => (offset === undefined ? [] : [{ topic: 't', partition, offset }]));

it.each([
  ['nothing has changed', at(100, 200), at(110, 200), at(100, 200), false],
  ['a correction to the beginning', at(100, 200), at(0, 0), at(100, 200), false],
  ['the sink has committed in one partition', at(100, 200), at(110, 200), at(100, 201), true],
  ['the sink has written the same again, and more', at(100, 200), at(110, 200), at(150, 230), true],
  ['it was set, and the record does not say so', at(100, 200), at(110, 200), at(110, 200), false],
  ['it was set in a part of the partitions', at(100, 200), at(110, 210), at(110, 200), false],
  ['somebody has set the sink back', at(100, 200), at(110, 200), at(50, 200), true],
  ['somebody has removed its offsets', at(100, 200), at(110, 200), [], true],
  ['a partition that had no offset has one', at(100, undefined), at(110, 10), at(100, 5), true],
  [
    'a partition without an offset still has none',
    at(100, undefined),
    at(110, 10),
    at(100, undefined),
    false,
  ],
  ['an earlier msr did not write down what was committed', undefined, at(110, 200), at(150, 230), false],
])('%s', (_, committed, offsets, now, expected) => {
  expect(isOvertaken({ offsets, ...(committed && { committed }) }, now)).toBe(expected);
});

it.each([
  ['RUNNING', 'STOPPED', false],
  ['RUNNING', 'RUNNING', false],
  ['RUNNING', undefined, false],
  ['RUNNING', 'FAILED', false],
  ['RUNNING', 'PAUSED', true],
  ['PAUSED', 'STOPPED', false],
  ['PAUSED', 'PAUSED', false],
  ['PAUSED', 'RUNNING', true],
  ['STOPPED', 'RUNNING', false],
  ['FAILED', 'STOPPED', false],
] as const)('a sink that was found %s and is %s was moved by somebody: %s', (found, now, expected) => {
  expect(movedSince(found, now)).toBe(expected);
});
