import { FENCE_TRIGGER } from '../../live/insert-fence.ts';

/** The two halves of a dump's data: TimescaleDB's catalog, which must be there first, and the rest. */
export interface TocHalves {
  readonly catalog: string;
  readonly rest: string;
  /** Entries with rows in each: what progress counts. */
  readonly catalogEntries: number;
  readonly restEntries: number;
  /** Indexes, constraints and triggers: what is made after the rows. */
  readonly postEntries: number;
}

const CATALOG_DATA = / TABLE DATA _timescaledb_(catalog|config) /;
const DATA = / TABLE DATA /;
const POST_DATA = /^\d+; \d+ \d+ (INDEX|CONSTRAINT|FK CONSTRAINT|TRIGGER) /;

/** A fence that could not be removed (live/insert-fence.ts): its function is in no dump. */
const OWN = new RegExp(` TRIGGER msr cdc_event ${FENCE_TRIGGER} `);

/**
 * Splits the output of `pg_restore --list` into lists for `--use-list`. The catalog's tables refer to each other:
 * restored in parallel they race, foreign keys fail, and hypertables end up empty.
 */
export function splitToc(list: string): TocHalves {
  const lines = list.split('\n').filter((line) => line !== '' && !line.startsWith(';') && !OWN.test(line));
  const catalog = lines.filter((line) => CATALOG_DATA.test(line));
  const rest = lines.filter((line) => !CATALOG_DATA.test(line));
  return {
    catalog: `${catalog.join('\n')}\n`,
    rest: `${rest.join('\n')}\n`,
    catalogEntries: catalog.length,
    restEntries: rest.filter((line) => DATA.test(line)).length,
    postEntries: rest.filter((line) => POST_DATA.test(line)).length,
  };
}
