import { expect, it } from 'vitest';
import { holdsAll } from '../../../src/recovery/quarantine/export-quarantine.ts';
import { EMPTY_INDEX, withFile } from '../../../src/recovery/quarantine/quarantine-index.ts';

const stretch = (partition: number, first: number, last: number, records: number) => ({
  ...{ topic: 't', partition, first, last, records },
});
const file = (...stretches: ReturnType<typeof stretch>[]) => ({
  path: 'p',
  bytes: 1,
  sha256: 's',
  stretches,
});
const two = withFile(
  withFile(EMPTY_INDEX, file(stretch(0, 1, 9, 5), stretch(1, 3, 3, 1))),
  file(stretch(1, 4, 8, 2)),
);
const counts = (...records: number[]) =>
  records.map((n, partition) => ({ topic: 't', partition, records: n }));

it('counts the records of its files', () => expect(two.records).toBe(8));

it.each([
  ['hold all where they hold as many of each partition as were set aside', two, counts(5, 3), true],
  ['hold nothing where nothing was set aside', EMPTY_INDEX, [], true],
  ['lack some', two, counts(5, 4), false],
  ['are of a database that was restored anew since', two, counts(5, 2), false],
  ['lack a partition', two, counts(5, 3, 1), false],
  ['hold a partition of which nothing is set aside any more', two, counts(5), false],
])('the files %s', (_, index, present, expected) => {
  expect(holdsAll(index, present)).toBe(expected);
});
