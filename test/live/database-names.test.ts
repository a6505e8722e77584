import { describe, expect, it } from 'vitest';
import { nameOrigin, newDatabaseName, oldDatabaseName } from '../../src/live/database-names.ts';

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
    expect(nameOrigin(database, 'msr')).toEqual(expected);
  });

  it('of a live name that had to be cut short is recognised', () => {
    const long = `${'n'.repeat(62)}é`;
    expect(nameOrigin(oldDatabaseName(long, ID), long)).toEqual({ kind: 'old', recoveryId: ID });
  });
});
