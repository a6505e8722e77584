import { describe, expect, it } from 'vitest';
import { newDatabaseName, oldDatabaseName } from '../../../lambdas/recovery/context.ts';
import { leftoverOrigin } from '../../../lambdas/recovery/cutover/cleanup.ts';
import { withUncommitted } from '../../../lambdas/recovery/cutover/frozen-position.ts';
import { requireReplayable } from '../../../lambdas/recovery/cutover/undo.ts';

const at = (partition: number, offset: number, topic = 't') => ({ topic, partition, offset });
const ID = '20261123T041500Z-9f3a';

describe('a leftover', () => {
  it.each([
    [oldDatabaseName('msr', ID), { kind: 'old', recoveryId: ID }],
    [newDatabaseName('msr', ID), { kind: 'new', recoveryId: ID }],
    ['msr', undefined],
    ['msr_old', undefined],
    ['msr_old_20261123', undefined],
    [oldDatabaseName('other', ID), undefined],
    [`${oldDatabaseName('msr', ID)}_mine`, undefined],
  ])('%s', (database, expected) => {
    expect(leftoverOrigin(database, 'msr')).toEqual(expected);
  });

  it('of a live name that had to be cut short is recognised', () => {
    const long = `${'n'.repeat(62)}é`;
    expect(leftoverOrigin(oldDatabaseName(long, ID), long)).toEqual({ kind: 'old', recoveryId: ID });
  });
});

describe('the position of a stopped sink', () => {
  it('is the commit, the start of the log where there is none, and never before that start', () => {
    expect(withUncommitted([at(0, 9), at(1, 2), at(7, 7, 'gone')], [at(0, 0), at(1, 4), at(2, 3)])).toEqual([
      at(0, 9),
      at(1, 4),
      at(2, 3),
    ]);
  });
});

describe('an undo', () => {
  const returning = { returning: 'old database' } as const;
  it('is possible where Kafka holds everything since', () => {
    expect(() =>
      requireReplayable({ offsets: [at(0, 5), at(1, 0)] }, [at(0, 5), at(1, 0)], returning),
    ).not.toThrow();
  });
  it('is refused where retention has struck', () => {
    expect(() => requireReplayable({ offsets: [at(0, 5)] }, [at(0, 8)], returning)).toThrow(
      'the old database misses events of t-0 from 5 on, and Kafka begins at 8',
    );
  });
  it('is refused where a partition is not read any more', () => {
    expect(() => requireReplayable({ offsets: [at(0, 5)] }, [], returning)).toThrow(
      'the old database was fed from t-0, which the sink does not read any more',
    );
  });
});
