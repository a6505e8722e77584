import { describe, expect, test } from 'vitest';
import {
  jdbcHosts,
  jdbcServer,
  redirectJdbcUrl,
  redirectSink,
  sinkServerOf,
  writesToServerOf,
} from '../../src/clients/jdbc-url.ts';

describe("the sink's URL", () => {
  test.each([
    ['jdbc:postgresql://db:5432/msr', 'db:5432/msr'],
    ['jdbc:postgresql://db/msr?sslmode=verify-full', 'db/msr'],
    ['jdbc:postgresql://a:5432,b:5432/msr?targetServerType=primary', 'a:5432,b:5432/msr'],
    ['jdbc:postgresql://user:secret@db:5432/msr', 'db:5432/msr'],
    ['jdbc:postgresql://db:5432/o%27r%3Db+%22c%22%2041%25', `db:5432/o'r=b "c" 41%`],
    ['jdbc:postgresql://db:5432/41%', 'db:5432/41%'],
    ['jdbc:sqlserver://db:1433', undefined],
    ['', undefined],
  ])('%s names the server %s', (url, server) => {
    expect(jdbcServer(url)).toBe(server);
  });

  test.each([
    ['jdbc:postgresql://db:5432/msr', 'jdbc:postgresql://new:5433/msr'],
    ['jdbc:postgresql://a:1,b:2/old?user=u&password=p', 'jdbc:postgresql://new:5433/msr?user=u&password=p'],
    ['jdbc:postgresql://user:secret@db:5432/msr', 'jdbc:postgresql://user:secret@new:5433/msr'],
  ])('%s for another server keeps all the rest', (url, redirected) => {
    expect(redirectJdbcUrl(url, 'new:5433/msr')).toBe(redirected);
  });

  test('names a database of an odd name as the driver reads it', () => {
    expect(redirectJdbcUrl('jdbc:postgresql://db/a', 'new:5433/a b=c/d')).toBe(
      'jdbc:postgresql://new:5433/a%20b%3Dc%2Fd',
    );
  });

  test('of another kind of database is refused without being told', () => {
    expect(() => redirectJdbcUrl('jdbc:mysql://u:secret@db/msr', 'new:5433/msr')).toThrow(
      "the sink's connection.url is not of the form jdbc:postgresql://host:port/database",
    );
  });
});

test.each([
  ['db:5433/msr', ['db:5433']],
  ['db/msr', ['db:5432']],
  ['db1:5433,db2/msr', ['db1:5433', 'db2:5432']],
  ['[::1]/msr', ['[::1]:5432']],
  ['[::1]:5433,[::2]/msr', ['[::1]:5433', '[::2]:5432']],
])('the hosts of %s', (server, hosts) => {
  expect(jdbcHosts(server)).toEqual(hosts);
});

describe('the configuration of a sink', () => {
  const config = { 'connection.url': 'jdbc:postgresql://db:5432/msr', 'tasks.max': '2' };

  test('tells where it writes, and for another server keeps all the rest', () => {
    expect(sinkServerOf(config)).toBe('db:5432/msr');
    expect(redirectSink(config, 'new:5433/msr')).toEqual({
      ...config,
      'connection.url': 'jdbc:postgresql://new:5433/msr',
    });
  });

  test.each([
    ['postgres://u:p@db/other', true],
    ['postgres://u:p@db:5433/msr', false],
    ['postgres://u:p@elsewhere/msr', false],
  ])('writes to the server of %s: %s', (url, expected) => {
    expect(writesToServerOf(config, url)).toBe(expected);
    expect(writesToServerOf({}, url)).toBe(false);
  });

  test.each([
    `\${file:/run/secrets/sink.properties:url}`,
    `jdbc:postgresql://\${env:HOST}/msr`,
    `jdbc:postgresql://db:5432/\${env:DATABASE}`,
  ])('whose URL is %s tells nobody but its worker where it writes', (url) => {
    expect(sinkServerOf({ 'connection.url': url })).toBeUndefined();
  });

  test('without a URL is none that can be led elsewhere', () => {
    expect(() => redirectSink({}, 'new:5433/msr')).toThrow('connection.url is not of the form');
  });
});
