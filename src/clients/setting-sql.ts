import { escapeIdentifier, escapeLiteral } from 'pg';

/** A setting as ALTER DATABASE … SET, or ALTER ROLE … SET, keeps it: its stored text. */
export interface StoredSetting {
  readonly name: string;
  readonly value: string;
}

/**
 * variable_is_guc_list_quote() of src/fe_utils/string_utils.c: their stored value is a list of quoted
 * names.
 */
const LISTS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/**
 * `SET name TO value` for ALTER DATABASE or ALTER ROLE. The elements of a list are quoted one by one, as
 * pg_dump does: what is stored there need not be SQL, since a role writes what it likes by `SET … FROM
 * CURRENT`.
 * @throws RangeError where the value of a list is none
 */
export function setSql({ name, value }: StoredSetting): string {
  const parameter = name.split('.').map(escapeIdentifier).join('.');
  const written = LISTS.has(name.toLowerCase())
    ? splitNames(value).map(escapeLiteral).join(', ')
    : escapeLiteral(value);
  return `SET ${parameter} TO ${written}`;
}

/**
 * SplitGUCList() of src/fe_utils/string_utils.c: quoted elements lose their quotes, others end at white
 * space.
 */
function splitNames(value: string): string[] {
  const element = /\s*(?:"((?:[^"]|"")*)"|([^\s",][^\s,]*))\s*(,|$)/y;
  const names: string[] = [];
  for (let more = true; more; ) {
    const match = element.exec(value);
    if (match === null) throw new RangeError(`${JSON.stringify(value)} is no list of names`);
    names.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    more = match[3] === ',';
  }
  return names;
}
