import { z } from 'zod';
import { logTailsSchema } from '../clients/kafka/log-tail.ts';
import { offsetsSchema } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { STRATEGY_NAMES } from '../core/strategy-name.ts';
import { volumesSchema } from './volumes-schema.ts';

/** The version that this code writes; it reads this one and refuses newer ones. */
export const MANIFEST_VERSION = 1;

const hourDigest = z.object({ table: z.string(), hour: z.string(), count: z.int(), sum: z.string() });

/** Where an inexact cut leaves it to the records' content whether the snapshot holds them. */
const overlap = z.object({
  /** Per partition, the offset from which on the snapshot holds no record. */
  until: offsetsSchema,
  /**
   * Records before `offsets` with the content of one behind them that the snapshot holds: a row each is
   * theirs. The hash is a decimal string.
   */
  twins: z.array(z.object({ hash: z.string().regex(/^-?\d{1,19}$/), count: z.int().positive() })),
  /** What of the snapshot nobody could place in the log, a sentence each: it proves nothing. */
  unproven: z.array(z.string()).optional(),
});
export type Overlap = z.infer<typeof overlap>;

const cut = z.object({
  /** Taken around a cleanly stopped sink: replay from here loses nothing and doubles nothing. */
  exact: z.boolean(),
  /** Without it nobody can replay from an inexact cut. An earlier msr refuses all of those. */
  overlap: overlap.optional(),
  /** Why it is not exact, or what was corrected to make it so; plain sentences for the operator. */
  remarks: z.array(z.string()),
  takenAt: z.iso.datetime(),
  /** Seconds from the STOP until the sink was RUNNING again; 0 where the sink was found not running. */
  sinkPauseSeconds: z.number().nonnegative(),
  /**
   * Per partition, the offset of the first record that the snapshot does NOT hold. Inexact: it holds all
   * before it, and of those up to the overlap's end what the content tells.
   */
  offsets: offsetsSchema,
  topics: z.array(
    z.object({
      name: z.string(),
      /**
       * null: the brokers told none, so that nobody can say later whether the topic was created anew.
       */
      id: z.string().nullable(),
      partitions: z.int().positive(),
      /** The replicas of the partition that has the fewest. Absent: of an earlier msr. */
      replicas: z.int().positive().optional(),
      /**
       * What was set for the topic itself, and is no default. Absent: of an earlier msr, or not told.
       */
      config: z.record(z.string(), z.string()).optional(),
    }),
  ),
  group: z.string(),
  /**
   * The records before the offsets, as they were: by them a log that was rewritten is known.
   * Absent: of an earlier msr.
   */
  tails: logTailsSchema.optional(),
});

const sink = z.object({
  connector: z.string(),
  /** The sink's state as found before the backup; a sink that did not run is left as found. */
  stateFound: z.string(),
  /**
   * Its consumer's level, as the connector, a setting or the table told it; absent: nobody could tell.
   */
  isolation: z.enum(['read_uncommitted', 'read_committed']).optional(),
});

const artifact = z.object({
  path: z.string(),
  bytes: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /**
   * The vault's own checksum: it is compared without reading the artifact. Absent: the vault keeps none.
   */
  crc64Nvme: z.string().optional(),
});

const server = z.object({
  /** server_version_num, for instance 170005. */
  postgresVersion: z.int(),
  timescaledbVersion: z.string(),
  edition: z.enum(['apache', 'community']),
  encoding: z.string(),
  collation: z.string(),
  /**
   * The C library's and ICU's collation versions: a change corrupts text indexes of a volume baseline.
   */
  collationVersion: z.string().nullable(),
  /**
   * Absent where an earlier msr made the manifest: then the server's default, with `collation` for
   * LC_CTYPE.
   */
  locale: z
    .object({
      /** pg_database.datlocprovider. */
      provider: z.enum(['libc', 'icu', 'builtin']),
      /** LC_CTYPE, which may be another than LC_COLLATE. */
      ctype: z.string(),
      /** ICU's or the builtin provider's locale, and ICU's rules of its own. */
      name: z.string().nullable(),
      rules: z.string().nullable(),
    })
    .optional(),
  /** Every extension of the database, TimescaleDB among them. */
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })).optional(),
  /** The tablespaces, but for pg_default, that its relations lie in or TimescaleDB puts chunks into. */
  tablespaces: z.array(z.string()).optional(),
});

const relation = z.object({
  name: z.string(),
  kind: z.enum(['table', 'hypertable', 'continuous-aggregate', 'view', 'materialized-view']),
  /**
   * 0 for what is derived and was not counted: a view may move with the clock, a materialized one be
   * stale.
   */
  rows: z.int(),
  /** For views alone: what they are, as pg_get_viewdef() tells. */
  definition: z.string().optional(),
  /** For materialized views alone: false for one that stands WITH NO DATA. */
  populated: z.boolean().optional(),
});

const job = z.object({
  procedure: z.string(),
  /** `schema.name` of the hypertable or aggregate; null for a job of its own. */
  hypertable: z.string().nullable(),
  scheduled: z.boolean(),
});

/** One whose value is a secret stands as `${secret:<name>}`. */
const storedSetting = z.object({ name: z.string(), value: z.string() });

const role = z.object({
  name: z.string(),
  login: z.boolean(),
  createDatabase: z.boolean(),
  createRole: z.boolean(),
  superuser: z.boolean(),
  replication: z.boolean(),
  bypassRls: z.boolean(),
  inherit: z.boolean(),
  connectionLimit: z.int(),
  memberOf: z.array(z.string()),
  /** The same with its options; `inherit` and `set` are null before PostgreSQL 16. */
  memberships: z
    .array(
      z.object({
        group: z.string(),
        admin: z.boolean(),
        inherit: z.boolean().nullable(),
        set: z.boolean().nullable(),
      }),
    )
    .optional(),
  /** ALTER ROLE … SET, for all databases. */
  settings: z.array(storedSetting).optional(),
  /** ISO 8601, or `infinity`; null: for ever. */
  validUntil: z.string().nullable().optional(),
});

const databaseSettings = z.object({
  owner: z.string(),
  /** aclitem texts as pg_database.datacl holds them; null: the default. */
  acl: z.array(z.string()).nullable(),
  connectionLimit: z.int(),
  /** ALTER DATABASE … SET, and ALTER ROLE … IN DATABASE … SET (role not null). */
  settings: z.array(storedSetting.extend({ role: z.string().nullable() })),
  /** The default tablespace, where it is not pg_default. */
  tablespace: z.string().optional(),
});

/** What belongs to a database and no dump of it carries over. */
const leftBehind = z.object({
  /** For instance `logical replication slot cdc`. */
  what: z.string(),
  todo: z.string(),
});

const manifestSchema = z.object({
  version: z.literal(MANIFEST_VERSION),
  id: z.string(),
  createdAt: z.iso.datetime(),
  /** Versions of what made it: msr and pg_dump. */
  madeBy: z.object({
    msr: z.string(),
    /** null: the strategy took no dump. */
    pgDump: z.string().nullable(),
  }),
  strategy: z.enum(STRATEGY_NAMES),
  database: z.string(),
  /** pg_database_size() at the cut, bytes; absent where an earlier msr made it. */
  databaseBytes: z.int().nonnegative().optional(),
  server,
  cut,
  sink,
  /** What lies in the vault, the dump among them where the strategy takes one. */
  artifacts: z.array(artifact),
  /** Outside the vault: snapshots of the database's volumes, and the like. */
  volumes: z.array(volumesSchema).default([]),
  relations: z.array(relation),
  events: z.object({ count: z.int(), earliest: z.string().nullable(), latest: z.string().nullable() }),
  digests: z.array(hourDigest),
  snapshotPointer: z
    .object({
      currentSnapshot: z.string(),
      lastRefresh: z.string().nullable(),
      cutoffTime: z.string().nullable(),
    })
    .nullable(),
  configuration: z.array(
    z.object({ key: z.string(), value: z.string().nullable(), type: z.string().nullable() }),
  ),
  jobs: z.array(job),
  roles: z.array(role),
  databaseSettings,
  leftBehind: z.array(leftBehind).optional(),
  /** Every connector's configuration; what is secret stands as `${secret:<connector>:<key>}`. */
  connectors: z.array(z.object({ name: z.string(), config: z.record(z.string(), z.string()) })),
  /** Measured, for the estimates of later plans. */
  durations: z.object({ dumpSeconds: z.number(), digestSeconds: z.number(), verifySeconds: z.number() }),
});
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * What lists, retention and the choice of a backup go by. Without what grows with the database: a year
 * of backups is held in memory at once.
 */
export const manifestHeadSchema = manifestSchema
  .pick({
    ...{ version: true, id: true, createdAt: true, strategy: true, database: true, databaseBytes: true },
    ...{ server: true, sink: true, artifacts: true, volumes: true, events: true, durations: true },
  })
  .extend({
    cut: cut.omit({ tails: true }).extend({ overlap: overlap.omit({ twins: true }).optional() }),
  });
export type ManifestHead = z.infer<typeof manifestHeadSchema>;

/**
 * A replay may begin at the cut although it is inexact: it drops by content what the dump holds already.
 */
export function isByContent({
  exact,
  overlap: doubt,
}: Pick<ManifestHead['cut'], 'exact' | 'overlap'>): boolean {
  return !exact && doubt !== undefined;
}

/** What plans, verdicts and reports say of it. */
export const INEXACT_BY_CONTENT = 'inexact cut: overlap dropped by content';

/** What a cut is, in the words of lists, plans and reports. */
export function cutText(of: Pick<ManifestHead['cut'], 'exact' | 'overlap'>): string {
  if (of.exact) return 'exact';
  return isByContent(of) ? INEXACT_BY_CONTENT : 'inexact';
}

/** The head of a manifest; nothing of the rest is held by it. */
export function headOf(manifest: Manifest): ManifestHead {
  return manifestHeadSchema.parse(manifest);
}

/**
 * Reads a manifest's text.
 * @throws OperatorError where it is not one, or a newer msr wrote it
 */
export function parseManifest(text: string, path: string): Manifest {
  const json = parseJson(text, path);
  const version = z.object({ version: z.int() }).safeParse(json);
  if (version.success && version.data.version > MANIFEST_VERSION) {
    throw new OperatorError(
      `${path} has manifest version ${version.data.version}; this msr reads up to ${MANIFEST_VERSION}`,
      { hint: 'use the msr that made the backup, or a newer one' },
    );
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new OperatorError(`${path} is not a valid manifest: ${z.prettifyError(parsed.error)}`, {
    hint: 'the backup cannot be trusted: choose another one with `msr backups list`',
    cause: parsed.error,
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OperatorError(`${path} is not JSON`, {
      hint: 'the backup cannot be trusted: choose another one with `msr backups list`',
      cause: error,
    });
  }
}
