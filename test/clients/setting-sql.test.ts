import { describe, expect, it } from 'vitest';
import { setSql } from '../../src/clients/setting-sql.ts';

describe('a stored setting as SQL', () => {
  it.each([
    ['work_mem', '64MB', `SET "work_mem" TO '64MB'`],
    ['app.greeting', "it's", `SET "app"."greeting" TO 'it''s'`],
    ['search_path', 'msr, public', `SET "search_path" TO 'msr', 'public'`],
    ['search_path', '"$user", "a ""b"", c"', `SET "search_path" TO '$user', 'a "b", c'`],
    ['search_path', '""', `SET "search_path" TO ''`],
    ['Session_Preload_Libraries', 'auto_explain', `SET "Session_Preload_Libraries" TO 'auto_explain'`],
    ['temp_tablespaces', '"fast disk",slow', `SET "temp_tablespaces" TO 'fast disk', 'slow'`],
    // A role without any right wrote this by set_config() and SET search_path FROM CURRENT.
    [
      'search_path',
      'public;ALTER/**/ROLE/**/evil/**/SUPERUSER',
      `SET "search_path" TO 'public;ALTER/**/ROLE/**/evil/**/SUPERUSER'`,
    ],
    ['search_path', `a'b`, `SET "search_path" TO 'a''b'`],
    ['x"; DROP', 'y', `SET "x""; DROP" TO 'y'`],
  ])('%s = %s', (name, value, sql) => {
    expect(setSql({ name, value })).toBe(sql);
  });

  it.each(['public; DROP ROLE x', 'a,,b', 'a,', '"open', ''])(
    'refuses what is no list of names: %s',
    (value) => {
      expect(() => setSql({ name: 'search_path', value })).toThrow(RangeError);
    },
  );
});
