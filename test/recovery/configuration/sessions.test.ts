import { describe, expect, it } from 'vitest';
import { copyBlockOf } from '../../../src/recovery/configuration/copy-block.ts';
import {
  describeSessionChange,
  differingColumns,
} from '../../../src/recovery/configuration/session-changes.ts';

describe('the rows of a table in what pg_restore writes', () => {
  const script = (rows: string) =>
    `SET x;\n\nCOPY msr.session_old (id) FROM stdin;\n9\n\\.\n\nCOPY msr.session (id, "user ""x"", y", tenant) FROM stdin;\n${rows}\\.\n\nDROP TABLE msr.session;\n`;

  it('are its own alone, with the columns as they are named', () => {
    expect(copyBlockOf(script('1\ta\\nb\t\\N\n2\t\\\\.\tc\n'), 'msr.session')).toEqual({
      columns: ['id', 'user "x", y', 'tenant'],
      rows: '1\ta\\nb\t\\N\n2\t\\\\.\tc\n',
    });
  });

  it('may be none', () => {
    expect(copyBlockOf(script(''), 'msr.session')?.rows).toBe('');
    expect(copyBlockOf('SET x;\n', 'msr.session')).toBeUndefined();
  });
});

it('a session that differs is told by its columns', () => {
  const live = { id: '7', status: 'ENDED', occ_lock: 3, note: null };
  const columns = differingColumns(live, { ...live, status: 'ACTIVE', note: 'x' });
  expect(describeSessionChange({ id: '7', live: '(…)', backup: '(…)', columns })).toBe(
    'session 7: status is ENDED, and was ACTIVE; note is empty, and was x in the backup',
  );
  expect(describeSessionChange({ id: '7', live: null, backup: '(…)', columns: [] })).toBe(
    'session 7 is missing',
  );
});
