import { describe, expect, it } from 'vitest';
import { moveReaders } from '../../../src/recovery/cutover/readers-secret.ts';
import { readerRoles, repoint } from '../../../src/recovery/cutover/repoint.ts';

const move = { from: 'db.internal:5432', to: 'db2.internal:5433', database: 'msr' };
const json = (fields: object) => JSON.stringify(fields);

describe("the readers' secret", () => {
  it.each([
    [
      "AWS's own form; user and password stay",
      json({ engine: 'postgres', host: 'db.internal', port: 5432, username: 'api', password: 'p@ss:w' }),
      json({ engine: 'postgres', host: 'db2.internal', port: 5433, username: 'api', password: 'p@ss:w' }),
    ],
    [
      'a port that is a text',
      json({ host: 'db.internal', port: '5432' }),
      json({ host: 'db2.internal', port: '5433' }),
    ],
    ['no port: the default one', json({ host: 'db.internal' }), json({ host: 'db2.internal', port: 5433 })],
    [
      'a URL among others',
      json({ DATABASE_URL: 'postgres://api:p%40ss@db.internal:5432/msr?sslmode=verify-full', LOG: 'info' }),
      json({ DATABASE_URL: 'postgres://api:p%40ss@db2.internal:5433/msr?sslmode=verify-full', LOG: 'info' }),
    ],
    [
      'a URL of JDBC, without port',
      json({ url: 'jdbc:postgresql://db.internal/msr' }),
      json({ url: 'jdbc:postgresql://db2.internal:5433/msr' }),
    ],
    [
      'a URL without a database: whoever reads it says which',
      json({ url: 'postgres://api:pw@db.internal?sslmode=require' }),
      json({ url: 'postgres://api:pw@db2.internal:5433?sslmode=require' }),
    ],
    [
      'fields that name the database',
      json({ host: 'db.internal', port: 5432, dbname: 'msr' }),
      json({ host: 'db2.internal', port: 5433, dbname: 'msr' }),
    ],
    [
      'one of two databases: the other one has not moved',
      json({
        msr: 'postgres://a:p@db.internal:5432/msr',
        billing: 'postgres://b:p@db.internal:5432/billing',
      }),
      json({
        msr: 'postgres://a:p@db2.internal:5433/msr',
        billing: 'postgres://b:p@db.internal:5432/billing',
      }),
    ],
    [
      'a URL beside the fields of another database',
      json({ host: 'db.internal', dbname: 'billing', msr: 'postgres://a:p@db.internal/msr' }),
      json({ host: 'db.internal', dbname: 'billing', msr: 'postgres://a:p@db2.internal:5433/msr' }),
    ],
    [
      'a text that is a URL',
      'postgresql://api:pw@db.internal/msr',
      'postgresql://api:pw@db2.internal:5433/msr',
    ],
  ])('%s', (_, text, moved) => {
    expect(repoint(text, move)).toBe(moved);
    expect(repoint(moved, move)).toBeUndefined();
  });

  it.each([
    ['another server', json({ host: 'elsewhere', port: 5432, password: 'secret' })],
    ['another database', json({ host: 'db.internal', dbname: 'billing', password: 'secret' })],
    ['another database, as clients name it', json({ host: 'db.internal', database: 'billing' })],
    ['a URL of another database', 'postgres://api:secret@db.internal/billing'],
    ['another database by a parameter', 'postgres://api:secret@db.internal/msr?dbname=billing'],
    ['a database badly encoded', 'postgres://api:secret@db.internal/%zz'],
    ['nothing of the kind', json({ password: 'secret', port: 5432 })],
    ['no JSON, and no URL', 'secret'],
    ['a list', '["secret"]'],
  ])('that names %s is left alone, and nothing of it is told', (_, text) => {
    const attempt = () => repoint(text, move);
    expect(attempt).toThrow('it names the database msr at neither db.internal:5432 nor db2.internal:5433');
    expect(attempt).not.toThrow('secret');
  });

  it('is written only where something changes, and a refusal is told, not thrown', async () => {
    const written: string[] = [];
    const store = (text: string) => ({
      read: async () => text,
      write: async (_: string, changed: string) => {
        written.push(changed);
        if (written.length > 1) throw new Error('AccessDenied');
      },
    });
    expect(await moveReaders('msr/api', move, store(json({ host: 'db.internal' })))).toContain('now');
    expect(await moveReaders('msr/api', move, store(written[0] ?? ''))).toContain('already');
    expect(written).toHaveLength(1);
    const refused = await moveReaders('msr/api', move, store(json({ host: 'db.internal' })));
    expect(refused).toContain('was not changed: AccessDenied. Let it name db2.internal:5433');
  });
});

describe('whom a secret connects as', () => {
  it.each<[string, string[]]>([
    [json({ host: 'db.internal', username: 'api', password: 'p' }), ['api']],
    [json({ user: 'api', url: 'postgres://other%20one:p@db.internal/msr' }), ['api', 'other one']],
    [json({ url: 'jdbc:postgresql://db.internal/msr?user=api&password=p' }), ['api']],
    ['postgresql://api@db.internal:5432/msr', ['api']],
    ['postgresql://db.internal/msr', []],
    [json({ username: '' }), []],
    ['api', []],
  ])('%s', (text, roles) => {
    expect(readerRoles(text)).toEqual(roles);
  });
});
