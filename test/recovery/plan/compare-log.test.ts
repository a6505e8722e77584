import { describe, expect, it } from 'vitest';
import { compareLog, type LogContent } from '../../../src/recovery/plan/compare-log.ts';
import { replayStart } from '../../../src/recovery/replay/replay-start.ts';

const at = (partition: number, offset: number) => ({ topic: 't', partition, offset });
const takenAt = '2026-11-23T03:00:00.000Z';
const cut = { takenAt, topics: [{ name: 't', id: 'id-1', partitions: 2 }], offsets: [at(0, 100), at(1, 50)] };
const now = Date.parse('2026-11-23T04:00:00.000Z');

const whole: LogContent = {
  topics: [{ name: 't', id: 'id-1', partitions: [0, 1] }],
  logStart: [at(0, 10), at(1, 50)],
  logEnd: [at(0, 130), at(1, 50)],
  retention: [{ retentionMs: 7_200_000 }],
};
const compare = (change: Partial<LogContent>) => {
  const log = { ...whole, ...change };
  return compareLog(cut, replayStart(cut, log.topics), log, now);
};

describe('compareLog', () => {
  it('finds a whole log and counts what is to be replayed', () => {
    expect(compare({})).toEqual({
      state: 'whole',
      records: 30,
      headroomSeconds: 3600,
      unidentified: [],
      unknown: [],
      around: { holes: [], starts: [], anew: [], absent: [], obstacles: [] },
      facts: ['Kafka holds every record since the backup'],
    });
  });

  it('counts from 0 in a partition that came after the cut', () => {
    const topics = [{ name: 't', id: 'id-1', partitions: [0, 1, 2] }];
    const logStart = [...whole.logStart, at(2, 0)];
    expect(compare({ topics, logStart, logEnd: [...whole.logEnd, at(2, 7)] })).toMatchObject({
      state: 'whole',
      records: 37,
    });
    expect(
      compare({ topics, logStart: [...whole.logStart, at(2, 3)], logEnd: [...whole.logEnd, at(2, 7)] }),
    ).toMatchObject({ state: 'damaged' });
  });

  it.each<[string, Partial<LogContent>, string]>([
    [
      'retention has passed the cut',
      { logStart: [at(0, 103), at(1, 50)] },
      '3 records of t-0 after the backup are gone: its log begins at 103, the backup ends at 100',
    ],
    [
      'a topic was truncated',
      { logEnd: [at(0, 99), at(1, 50)] },
      "t-0 ends at 99, before the backup's 100: it was truncated",
    ],
    [
      'a topic was created anew',
      { topics: [{ name: 't', id: 'id-2', partitions: [0, 1] }] },
      'topic t was created anew since the backup: its id is id-2, not id-1',
    ],
    [
      'partitions are missing',
      { topics: [{ name: 't', id: 'id-1', partitions: [0] }] },
      'topic t has 1 partitions; at the backup it had 2',
    ],
    [
      'the sink reads another topic',
      { topics: [] },
      'the sink does not read topic t any more, as it did at the backup',
    ],
    [
      'Kafka does not answer for a partition',
      { logEnd: [at(0, 130)] },
      'Kafka does not answer for partition t-1',
    ],
  ])('finds that %s', (_, change, fact) => {
    const { state, facts } = compare(change);
    expect(state).toBe('damaged');
    expect(facts).toContain(fact);
  });

  it.each([
    ['the brokers told none then', null, 'id-1'],
    ['the manifest has the name that the client gave for it', 't', 'id-1'],
    ['the manifest has the zero uuid', '00000000-0000-0000-0000-000000000000', 'id-1'],
    ['the brokers tell none now', 'id-1', null],
    ['they never told one', null, null],
    ['both are the name', 't', 't'],
  ])('says of a topic without an id that nobody knows, never that it is the same: %s', (_, then, now) => {
    const topics = [{ name: 't', id: now, partitions: [0, 1] }];
    const cutThen = { ...cut, topics: [{ name: 't', id: then, partitions: 2 }] };
    const log = { ...whole, topics };
    expect(compareLog(cutThen, replayStart(cut, topics), log, Date.parse(takenAt))).toMatchObject({
      state: 'whole',
      unidentified: ['t'],
    });
  });

  it.each<[string, LogContent['retention'], number | null]>([
    ['the shortest retention counts', [{ retentionMs: 7_200_000 }, { retentionMs: 5_400_000 }], 1800],
    ['it never falls below 0', [{ retentionMs: 1000 }], 0],
    ['for ever and unknown say nothing', [{ retentionMs: -1 }, { retentionMs: undefined }], null],
  ])('headroom: %s', (_, retention, expected) => {
    expect(compare({ retention }).headroomSeconds).toBe(expected);
  });
});
