import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../src/recovery/plan/request.ts';

const KNOWN =
  'procedure, backupId, zone, baseline, dryRun, force, fullDigest, fresh, undo, redo, sinkChangedAt, acceptHole, approvedPlanHash';

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
