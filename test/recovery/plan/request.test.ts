import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../src/recovery/plan/request.ts';

const KNOWN =
  'procedure, backupId, zone, baseline, dryRun, force, fullDigest, fresh, undo, redo, sinkChangedAt, acceptHole, until, by, untilOffsets, skip, then, approvedPlanHash';

const AT = '2026-11-23T04:15:00Z';
const andThen = (then: string) => ({ then });

describe('the input as somebody types it in the console', () => {
  it('may be empty, or what the console proposes', () => {
    const plain = { dryRun: false, force: false, fresh: false, fullDigest: false };
    expect(parseRequest({})).toEqual(plain);
    expect(parseRequest({ Comment: 'Insert your JSON here' })).toMatchObject(plain);
    expect(parseRequest({ dryRun: true })).toMatchObject({ dryRun: true });
  });

  it.each([
    [
      { dryrun: true },
      `the recovery's input holds "dryrun", which no recovery knows\nHINT: did you mean dryRun? the input may hold ${KNOWN}; \`{}\` is enough`,
    ],
    [
      { backup: '20261123T030000Z-aaaa' },
      `the recovery's input holds "backup", which no recovery knows\nHINT: did you mean backupId? the input may hold ${KNOWN}; \`{}\` is enough`,
    ],
    [
      { database: 'msr' },
      `the recovery's input holds "database", which no recovery knows\nHINT: the input may hold ${KNOWN}; \`{}\` is enough`,
    ],
    [
      { dryRun: 'yes' },
      `dryRun of the recovery's input is not valid: Invalid input: expected boolean, received string\nHINT: \`{}\` is enough; it may hold ${KNOWN}`,
    ],
    [
      [],
      `the recovery's input is not valid: Invalid input: expected object, received array\nHINT: \`{}\` is enough; it may hold ${KNOWN}`,
    ],
    [
      { backupId: 'zzz' },
      'backupId of the recovery\'s input is "zzz", not an id like 20261123T041500Z-9f3a\nHINT: `msr backups list` shows the ids of the backups',
    ],
    [
      { undo: 'latest' },
      'undo of the recovery\'s input is "latest", not an id like 20261123T041500Z-9f3a\nHINT: `msr recoveries list` shows the ids of the recoveries; true means the latest',
    ],
    [
      { sinkChangedAt: '2999-01-01T00:00:00Z' },
      "sinkChangedAt of the recovery's input is 2999-01-01T00:00:00Z, in the future\nHINT: name the time at which the sink was given its present configuration, with its time zone: 2026-11-23T04:15:00Z",
    ],
    [
      { until: '10:00' },
      `until of the recovery's input is not valid: not a time like 2026-11-23T04:15:00Z\nHINT: \`{}\` is enough; it may hold ${KNOWN}`,
    ],
    [
      { until: '2999-01-01T00:00:00Z' },
      '2999-01-01T00:00:00.000Z is in the future\nHINT: name the moment at which the damage began, with its time zone: 2026-11-23T04:15:00Z',
    ],
    [
      { until: AT, untilOffsets: { 't-0': 5 } },
      'the input names until and untilOffsets\nHINT: name one of them: both are the same moment',
    ],
    [
      { until: AT, ...andThen('continue') },
      'the input asks to continue after until, and does not say what is left out\nHINT: name it by skip: `--skip to=<time>` leaves out what lies between until and that time, `--skip table=<table>` what came of a table since',
    ],
    [
      { skip: [{ table: 't' }], ...andThen('stop') },
      'the input asks to stop, and names no moment\nHINT: name until: what comes from then on is left out',
    ],
    [
      { skip: [{ table: 't' }], by: 'record-time' },
      'by says how times are read, and the input names no time\nHINT: name until, or from and to of a skip',
    ],
    [
      { until: AT, procedure: 'standard' },
      'standard leaves nothing out\nHINT: leave the procedure away: until and skip mean point-in-time',
    ],
    [{ until: AT, undo: true }, 'an undo and a redo leave nothing out\nHINT: ask for one of them'],
    [
      { skip: [{}] },
      'a skip names nothing, so that it would leave everything out\nHINT: name at least one of table, entity, operation, from, to, offsets',
    ],
    [
      { skip: [{ user: 'x' }] },
      'a skip names "user", which no event has\nHINT: it may name table, entity, operation, from, to, offsets',
    ],
    [
      { skip: [{ from: AT, to: AT }] },
      'a skip from 2026-11-23T04:15:00.000Z to 2026-11-23T04:15:00.000Z has no time in it\nHINT: from belongs to it, to does not: name the earlier one first',
    ],
    [
      { skip: [{ offsets: { 't-0': [7, 7] } }] },
      'a skip names the offsets 7..7 of t-0, which are none\nHINT: the first offset belongs to a range, the last does not: 100..101 is one record',
    ],
    [
      { untilOffsets: { track: 5 } },
      '"track" names no partition of a topic\nHINT: a partition is written as Kafka writes it: server.schema.table-0',
    ],
    [{ undo: true, redo: true }, 'the input asks for an undo and for a redo\nHINT: ask for one of them'],
  ])('%j gets a fact and a HINT', (input, said) => {
    try {
      parseRequest(input);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ name: 'RecoveryInputError' });
      expect((error as { format(): string }).format()).toBe(said);
    }
  });
});
