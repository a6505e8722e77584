import { describe, expect, it } from 'vitest';
import { requireSome, sampleStart } from '../../lambdas/backup/check-offsets.ts';

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

  it.each([
    { expected: 0, held: 0 },
    { expected: 20, held: 1 },
    { expected: 20, held: 20 },
  ])('show that the offsets are of this database: %j', (sample) => {
    expect(() => requireSome('cdc-sink', sample)).not.toThrow();
  });

  it('are refused where the database holds none of them', () => {
    expect(() => requireSome('cdc-sink', { expected: 20, held: 0 })).toThrow(
      expect.objectContaining({
        message: 'the database holds none of the 20 events that cdc-sink has written last',
        hint: 'check that MSR_DATABASE_URL is the database that the sink writes to, and that nobody moved its offsets; otherwise msr reads its records in another way than the sink',
      }),
    );
  });
});
