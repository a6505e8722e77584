/** The rows of one table as pg_restore writes them: COPY's text format. */
export interface CopyBlock {
  readonly columns: readonly string[];
  readonly rows: string;
}

/**
 * The rows of a table in a script of `pg_restore --data-only`; none of the script is run. Pure.
 * @param table as pg_restore writes it: `msr.session`
 * @returns undefined where the script has none of it
 */
export function copyBlockOf(script: string, table: string): CopyBlock | undefined {
  const header = `\nCOPY ${table} (`;
  const at = script.indexOf(header);
  if (at === -1) return undefined;
  const list = at + header.length;
  const lineEnd = script.indexOf('\n', list);
  const columns = script.slice(list, lineEnd).replace(/\) FROM stdin;$/, '');
  // No row holds a line break of its own, nor a backslash and a full stop alone.
  const end = script.indexOf('\n\\.\n', lineEnd);
  return { columns: identifiersOf(columns), rows: script.slice(lineEnd + 1, Math.max(end + 1, lineEnd + 1)) };
}

function identifiersOf(list: string): string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|([^,\s]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}
