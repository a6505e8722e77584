import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { isFollowing } from '../../../src/recovery/plan/assess-follows.ts';
import type { Recorded } from '../../../src/recovery/plan/recorded.ts';
import { describeFate, type HeldEvents, lossOfKafka } from '../../../src/recovery/repair/resume-sink-loss.ts';
import { undoneOffsets } from '../../../src/recovery/repair/sink-before.ts';

const at = (partition: number, offset: number) => ({ topic: 't', partition, offset });
const recorded = (partition: number, committed: number | null, end: number): Recorded => ({
  ...{ topic: 't', partition, committed, end },
  ...{ at: '2026-11-23T04:00:00.000Z', by: 'health run' },
});
const hour = (text: string, count: number) => ({ table: 'gis.a', hour: text, count, sum: '0' });
const manifest = {
  cut: { takenAt: '2026-11-23T03:00:00.000Z', offsets: [at(0, 100), at(1, 100)] },
  events: { count: 1_000 },
  digests: [hour('2026-11-16T02:00:00.000Z', 50), hour('2026-11-23T02:00:00.000Z', 950)],
} as unknown as Manifest;
const now = '2026-11-23T05:00:00.000Z';
const held = (events: number, change: Partial<HeldEvents> = {}): HeldEvents => ({
  ...{ events, ofPresentLog: 0, cutoff: null },
  ...change,
});
/** The log had reached 150 in both: 100 events since the backup, 30 of them not committed. */
const both = [recorded(0, 140, 150), recorded(1, 130, 150)];

describe('what a lost Kafka takes with it, the database kept', () => {
  it.each<[string, readonly Recorded[], HeldEvents | undefined, number]>([
    ['all that waited, as the database has got no more', both, held(1_070), 30],
    ['a part of it', both, held(1_090), 10],
    ['nothing, since it got all', both, held(1_100), 0],
    ['never more than waited', both, held(1_000), 30],
    ['what came of the new log does not count for the old', both, held(1_110, { ofPresentLog: 40 }), 30],
    [
      'what maintenance dropped is not missing',
      both,
      held(1_020, { cutoff: new Date('2026-11-16T03:00:00Z') }),
      30,
    ],
    ['nobody knows, where nothing was counted', both, undefined, 0],
    ['nobody knows, where a partition was not recorded', [recorded(0, 140, 150)], held(1_000), 0],
    ['nobody knows, where nothing was recorded', [], held(1_000), 0],
  ])('%s', (_, known, counted, atLeast) => {
    const found = lossOfKafka(manifest, known, counted, now);
    expect(found).toMatchObject({ events: null, atLeast });
  });

  it('names where it stood, and since when nobody knows', () => {
    expect(lossOfKafka(manifest, both, held(1_070), now)).toMatchObject({
      holes: [
        { topic: 't', partition: 0, from: 140, to: null, seenTo: 150 },
        { topic: 't', partition: 1, from: 130, to: null, seenTo: 150 },
      ],
      span: { from: '2026-11-23T04:00:00.000Z', to: now },
    });
    expect(lossOfKafka(manifest, [], undefined, now).span?.from).toBe(manifest.cut.takenAt);
    expect(describeFate(lossOfKafka(manifest, both, held(1_070), now))).toEqual([
      'at least 30 of them never came to the database',
    ]);
    expect(describeFate(lossOfKafka(manifest, [], undefined, now))).toEqual([]);
  });
});

describe('a sink that goes on in new topics', () => {
  const log = { logStart: [at(0, 0), at(1, 0)], logEnd: [at(0, 20), at(1, 0)] };
  it.each<[string, Parameters<typeof isFollowing>, boolean]>([
    [
      'has committed there',
      [
        { ...log, offsets: [at(0, 15), at(1, 0)], followed: ['t-0'] },
        [at(0, 15)],
        { offsetReset: undefined },
      ],
      true,
    ],
    [
      'has written all, and not committed yet',
      [{ ...log, offsets: [at(0, 20), at(1, 0)], followed: [] }, [], { offsetReset: undefined }],
      true,
    ],
    [
      'has written a part, and committed nothing',
      [{ ...log, offsets: [at(0, 7), at(1, 0)], followed: [] }, [], { offsetReset: undefined }],
      false,
    ],
    [
      'would begin at the end of an empty one',
      [{ ...log, offsets: [at(0, 15), at(1, 0)], followed: ['t-0'] }, [], { offsetReset: 'latest' }],
      false,
    ],
    [
      'stands beyond the end of an empty one',
      [
        { ...log, offsets: [at(0, 15), at(1, 0)], followed: ['t-0'] },
        [at(1, 90)],
        { offsetReset: undefined },
      ],
      false,
    ],
  ])('%s', (_, parameters, expected) => expect(isFollowing(...parameters)).toBe(expected));
});

describe('the offsets that an undo sets', () => {
  const position = {
    offsets: [at(0, 20), at(1, 5)],
    followed: [],
    logStart: [at(0, 0), at(1, 0)],
    logEnd: [at(0, 25), at(1, 9)],
  };
  it('are those from before where they are of this log, and not behind what is written', () => {
    expect(undoneOffsets([at(0, 18), at(1, 8)], position)).toEqual({
      offsets: [at(0, 20), at(1, 8)],
      passedOver: [
        'the sink passes over the offsets 5 to 7 of t-1 again: they are in Kafka, and not in the database',
      ],
    });
    expect(undoneOffsets([at(0, 900)], position)).toEqual({ offsets: position.offsets, passedOver: [] });
    expect(undoneOffsets([], position).offsets).toEqual(position.offsets);
  });
});
