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
  /** Whether the dump would fill this materialized view. */
  readonly fills: (view: {
    readonly schema: string;
    readonly name: string;
    readonly owner: string;
  }) => boolean;
}

const CATALOG_DATA = / TABLE DATA _timescaledb_(catalog|config) /;
const DATA = / TABLE DATA /;
/** pg_restore would run them while compressed chunks read as empty; they are refreshed once that is over. */
const FILLED_VIEW = / MATERIALIZED VIEW DATA /;
const POST_DATA = /^\d+; \d+ \d+ (INDEX|CONSTRAINT|FK CONSTRAINT|TRIGGER) /;

/** A fence that could not be removed (live/insert-fence.ts): its function is in no dump. */
const OWN = new RegExp(` TRIGGER msr cdc_event ${FENCE_TRIGGER} `);

/**
 * Splits the output of `pg_restore --list` into lists for `--use-list`. The catalog's tables refer to each
 * other: restored in parallel they race, foreign keys fail, and hypertables end up empty.
 * @param extensionSchema where TimescaleDB lies
 */
export function splitToc(list: string, extensionSchema = 'public'): TocHalves {
  // The schema of TimescaleDB is there already; an entry of public makes none, it gives it its owner.
  const madeBefore = extensionSchema === 'public' ? undefined : ` SCHEMA - ${extensionSchema} `;
  const lines = list
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'))
    .filter((line) => madeBefore === undefined || !line.includes(madeBefore))
    .filter((line) => !OWN.test(line));
  const catalog = lines.filter((line) => CATALOG_DATA.test(line));
  const filled = lines.filter((line) => FILLED_VIEW.test(line));
  const rest = lines.filter((line) => !CATALOG_DATA.test(line) && !FILLED_VIEW.test(line));
  return {
    catalog: `${catalog.join('\n')}\n`,
    rest: `${rest.join('\n')}\n`,
    catalogEntries: catalog.length,
    restEntries: rest.filter((line) => DATA.test(line)).length,
    postEntries: rest.filter((line) => POST_DATA.test(line)).length,
    fills: ({ schema, name, owner }) => {
      // A name may hold spaces: an entry is composed, never taken apart.
      const entry = ` MATERIALIZED VIEW DATA ${schema} ${name} ${owner}`;
      return filled.some((line) => line.endsWith(entry));
    },
  };
}
