import { describe, expect, it } from 'vitest';
import { faultOf, functionOf, parseErrors } from '../../../src/recovery/rehearsal/faults.ts';

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
