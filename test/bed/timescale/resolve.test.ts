import { describe, expect, it } from 'vitest';
import { editionOf } from './edition.ts';
import { chooseTimescale, type Offers } from './resolve.ts';

const nothing: Offers = { databaseUrl: undefined, docker: false, localBin: undefined };
const databaseUrl = 'postgres://root:secret@db.example:5433/postgres';

describe('chooseTimescale', () => {
  it.each([
    [{ databaseUrl, docker: true, localBin: '/pg/bin' }, 'given', 'MSR_BED_DATABASE_URL is set'],
    [{ ...nothing, docker: true, localBin: '/pg/bin' }, 'docker', 'Docker answers'],
    [{ ...nothing, localBin: '/pg/bin' }, 'local', 'PostgreSQL in /pg/bin'],
    [nothing, 'trixie', 'no local PostgreSQL has TimescaleDB'],
  ])('%o → %s', (offers, kind, reason) => {
    const choice = chooseTimescale(offers);
    expect(choice.kind).toBe(kind);
    expect(choice.why).toContain(reason);
  });

  it('names the server that was given without its password', () => {
    const { why } = chooseTimescale({ ...nothing, databaseUrl });
    expect(why).toContain('db.example:5433');
    expect(why).not.toContain('secret');
  });

  it.each(['secret', 'http://secret'])('refuses %s without repeating it', (wrong) => {
    const choose = () => chooseTimescale({ ...nothing, databaseUrl: wrong });
    expect(choose).toThrow('MSR_BED_DATABASE_URL is not a URL of a PostgreSQL server');
    expect(choose).not.toThrow(/secret/);
  });
});

describe('editionOf', () => {
  it('knows the two licences', () => {
    expect(editionOf('apache')).toBe('apache');
    expect(editionOf('timescale')).toBe('community');
  });

  it('refuses to guess', () => {
    expect(() => editionOf('other')).toThrow("timescaledb.license is 'other'");
  });
});
