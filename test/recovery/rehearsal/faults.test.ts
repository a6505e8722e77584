import { describe, expect, it } from 'vitest';
import { faultOf, functionOf, isCircumstance, parseErrors } from '../../../src/recovery/rehearsal/faults.ts';

const SAID = `pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 4012; 0 17108 TABLE DATA msr session msr_owner
pg_restore: error: COPY failed for table "session": ERROR:  relation "known" does not exist
LINE 1: SELECT EXISTS (SELECT FROM known WHERE k = $1)
                                   ^
QUERY:  SELECT EXISTS (SELECT FROM known WHERE k = $1)
CONTEXT:  PL/pgSQL function msr.is_known(text) line 1 at RETURN
COPY session, line 1: "a secret of somebody"
pg_restore: from TOC entry 4099; 1259 17300 INDEX msr by_name msr owner
pg_restore: error: could not execute query: ERROR:  role "gone" does not exist
Command was: ALTER TABLE msr.x OWNER TO gone;
pg_restore: error: could not execute query: ERROR:  extension "postgis" is not available
pg_restore: warning: errors ignored on restore: 3`.split('\n');

describe('what pg_restore complains of', () => {
  it('is told by the entry that it came from', () => {
    expect(parseErrors(SAID).map(({ entry, message }) => [entry, message])).toEqual([
      ['TABLE DATA msr session', 'relation "known" does not exist'],
      ['INDEX msr by_name msr', 'role "gone" does not exist'],
      ['INDEX msr by_name msr', 'extension "postgis" is not available'],
    ]);
  });

  it.each([
    ['error: out of memory', true],
    [
      'error: connection to server at "db" (::1), port 5432 failed: FATAL:  the database system is starting up',
      true,
    ],
    ['error: could not read from input file: end of file', true],
    ['error: unsupported version (1.16) in file header', true],
    ['error: error returned by PQputCopyData: server closed the connection unexpectedly', true],
    ['error: could not execute query: ERROR:  out of memory', true],
    [
      'error: could not execute query: ERROR:  could not access file "$libdir/timescaledb-2.22.1": No such file',
      true,
    ],
    [
      'error: COPY failed for table "x": ERROR:  could not extend file "base/1/2": No space left on device',
      true,
    ],
    ['error: could not execute query: ERROR:  terminating connection due to administrator command', true],
    ['error: could not execute query: ERROR:  canceling statement due to statement timeout', true],
    ['error: COPY failed for table "x": ERROR:  relation "known" does not exist', false],
    ['error: could not execute query: ERROR:  syntax error at or near "x"', false],
    ['error: could not set default_tablespace to fast: ERROR:  tablespace "fast" does not exist', false],
  ])('by %j says nothing of the backup: %s', (line, expected) => {
    const [error] = parseErrors([`pg_restore: ${line}`]);
    if (error === undefined) throw new Error('an error');
    expect(isCircumstance(error)).toBe(expected);
  });

  it('becomes a fault with the object and its remedy, and without rows', () => {
    const [relation, role, extension] = parseErrors(SAID);
    if (relation === undefined || role === undefined || extension === undefined)
      throw new Error('three errors');
    expect(functionOf(relation)).toBe('msr.is_known(text)');
    expect(functionOf({ context: 'CONTEXT:  SQL function "ok" during inlining\n' })).toBe('ok');
    expect(functionOf(role)).toBeUndefined();
    const use = { name: 'msr.is_known(text)', usedBy: 'constraint knows of msr.session' };
    const faults = [
      faultOf(relation, use, 17),
      faultOf(role, undefined, 17),
      faultOf(extension, undefined, 17),
    ];
    expect(faults).toEqual([
      {
        side: 'backup',
        object: 'function msr.is_known(text), which constraint knows of msr.session calls',
        fact: 'it names known without its schema, which a restore does not find: relation "known" does not exist',
        remedy:
          'in the live database, ALTER FUNCTION msr.is_known(text) SET search_path = msr, pg_temp, or name the schema in it; then take another backup',
      },
      {
        side: 'server',
        object: 'role gone',
        fact: 'role "gone" does not exist',
        remedy: 'CREATE ROLE "gone" on the server of recoveries',
      },
      {
        side: 'server',
        object: 'extension postgis',
        fact: 'extension "postgis" is not available',
        remedy: 'install postgresql-17-postgis-3 there',
      },
    ]);
    expect(JSON.stringify(faults)).not.toContain('secret of somebody');
    expect(faultOf({ entry: undefined, message: 'boom', context: '' }, undefined, 17)).toMatchObject({
      side: 'backup',
      object: 'the session',
      fact: 'boom',
    });
  });
});
