import { describe, expect, it } from 'vitest';
import { sampleStart } from '../../../src/backup/cut/check-offsets.ts';
import { judgeSamples } from '../../../src/backup/cut/offset-sample.ts';

const at = (offset: number) => [{ topic: 't', partition: 0, offset }];

describe("the events just before the sink's offsets", () => {
  it.each([
    [500, 0, 480, 'the last twenty'],
    [5, 0, 0, 'all of a short log'],
    [500, 490, 490, 'what retention has left of them'],
    [500, 700, 500, 'none where retention has overtaken the sink'],
  ])('of %d in a log that begins at %d begin at %d: %s', (committed, start, from, _) => {
    expect(sampleStart(at(committed), at(start))).toEqual(at(from));
  });
});

describe('a database', () => {
  const strict = { connector: 'cdc-sink', maySkip: false };
  const tolerant = { connector: 'cdc-sink', maySkip: true };
  const sample = (partition: number, expected: number, held: number) => ({
    ...{ partition: `t-${partition}`, expected, held },
  });

  it.each([
    ['nothing of which is expected', [], undefined],
    ['that holds all of it', [sample(0, 20, 20), sample(1, 3, 3)], undefined],
  ])('%s has what the sink wrote last', (_, samples, missing) => {
    expect(judgeSamples(strict, samples)).toBe(missing);
    expect(judgeSamples(tolerant, samples)).toBe(missing);
  });

  it('that lacks single events is told of where the sink may skip them', () => {
    const missing = judgeSamples(tolerant, [sample(0, 20, 19), sample(1, 20, 20), sample(2, 9, 0)]);
    expect(missing).toBe(
      'the database lacks 10 of the 49 events that cdc-sink has written last: 1 of 20 in t-0, 9 of 9 in t-2',
    );
  });

  it.each([
    [
      'holds none, though the sink may skip',
      tolerant,
      [sample(0, 2, 0), sample(1, 1, 0)],
      'the database holds none of the 3 events that cdc-sink has written last',
      'check that MSR_DATABASE_URL is the database that the sink writes to, and that nobody moved its offsets; otherwise msr reads its records in another way than the sink',
    ],
    [
      'holds none of a whole partition, though the sink may skip',
      tolerant,
      [sample(0, 20, 20), sample(1, 10, 0)],
      'the database holds none of the 10 events that cdc-sink has written last in t-1',
      'check that MSR_DATABASE_URL is the database that the sink writes to, and that nobody moved its offsets; otherwise msr reads its records in another way than the sink',
    ],
    [
      'lacks a single one',
      strict,
      [sample(0, 20, 19), sample(1, 20, 20)],
      'the database lacks 1 of the 40 events that cdc-sink has written last: 1 of 20 in t-0',
      'a backup would lack them for good: `msr recover --force` brings them back from an earlier one and Kafka. If they were deleted on purpose, take it once the sink has written 20 more to each partition',
    ],
    [
      'holds only one of many',
      strict,
      [0, 1, 2, 3, 4, 5, 6, 7].map((partition) => sample(partition, 20, partition === 0 ? 1 : 0)),
      'the database lacks 159 of the 160 events that cdc-sink has written last: 19 of 20 in t-0, 20 of 20 in t-1, 20 of 20 in t-2, 20 of 20 in t-3, 20 of 20 in t-4, …',
      'a backup would lack them for good: `msr recover --force` brings them back from an earlier one and Kafka. If they were deleted on purpose, take it once the sink has written 20 more to each partition',
    ],
  ])('that %s is refused', (_, sink, samples, message, hint) => {
    expect(() => judgeSamples(sink, samples)).toThrow(expect.objectContaining({ message, hint }));
  });
});
