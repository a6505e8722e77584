/** The two halves of a dump's data: TimescaleDB's catalog, which must be there first, and the rest. */
export interface TocHalves {
  readonly catalog: string;
  readonly rest: string;
  /** Entries with data in `rest`: what progress counts. */
  readonly restEntries: number;
}

const CATALOG_DATA = / TABLE DATA _timescaledb_(catalog|config) /;
const DATA = / TABLE DATA /;

/**
 * Splits the output of `pg_restore --list` into lists for `--use-list`. The catalog's tables refer to each other:
 * restored in parallel they race, foreign keys fail, and hypertables end up empty.
 */
export function splitToc(list: string): TocHalves {
  const lines = list.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
  const catalog = lines.filter((line) => CATALOG_DATA.test(line));
  const rest = lines.filter((line) => !CATALOG_DATA.test(line));
  return {
    catalog: `${catalog.join('\n')}\n`,
    rest: `${rest.join('\n')}\n`,
    restEntries: rest.filter((line) => DATA.test(line)).length,
  };
}
