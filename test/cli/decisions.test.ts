import { describe, expect, test } from 'vitest';
import { chooseLeftovers } from '../../src/cli/cleanup-command.ts';
import { confirm } from '../../src/cli/confirm.ts';
import { type RecoverFlags, recoveryInput } from '../../src/cli/recover-command.ts';
import type { Leftover } from '../../src/recovery/cutover/cleanup.ts';
import { type RecoveryInput, recoveryRequest } from '../../src/recovery/plan/request.ts';

const leftover = (database: string): Leftover => ({
  ...{ database, oid: 1, recoveryId: '20261123T041500Z-9f3a', kind: 'old', bytes: 1, comment: undefined },
});

describe('what cleanup drops', () => {
  const found = [leftover('a'), leftover('b')];

  test('all, or those that are named', () => {
    expect(chooseLeftovers(found, [])).toEqual(found);
    expect(chooseLeftovers(found, ['b'])).toEqual([leftover('b')]);
  });

  test('never a database that no recovery left', () => {
    expect(() => chooseLeftovers(found, ['a', 'msr'])).toThrow(
      expect.objectContaining({
        message: 'msr is not a database that a recovery of this one has left',
        hint: '`msr cleanup` without names lists those that are; nothing was dropped',
      }),
    );
  });
});

describe('what recover asks of the state machine', () => {
  const id = '20261123T041500Z-9f3a';
  const cases: ReadonlyArray<readonly [flags: RecoverFlags, input: RecoveryInput]> = [
    [{}, {}],
    [
      { backup: id, dryRun: true },
      { backupId: id, dryRun: true },
    ],
    [{ approve: 'abc123abc123' }, { approvedPlanHash: 'abc123abc123' }],
    [
      { force: true, fresh: true },
      { force: true, fresh: true },
    ],
    [{ undo: true }, { undo: true }],
    [{ undo: id }, { undo: id }],
    [{ yes: true }, {}],
  ];
  test.each(cases)('%j', (flags, input) => {
    expect(recoveryInput(flags)).toEqual(input);
    expect(recoveryRequest.safeParse(input).success).toBe(true);
  });
});

describe('confirm', () => {
  const { signal } = new AbortController();
  test.each([
    ['yes', true],
    [' YES ', true],
    ['y', false],
    ['', false],
    ['no', false],
  ])('%j', async (typed, confirmed) => {
    expect(await confirm({ ask: async () => typed, signal }, 'Drop?')).toBe(confirmed);
  });

  test('without a terminal the answer is no', async () => {
    expect(await confirm({ ask: undefined, signal }, 'Drop?')).toBe(false);
  });
});
