import { z } from 'zod';
import { BASELINE_KINDS } from '../../manifest/baseline-kind.ts';
import { configurationChangeSchema } from '../configuration/diff-configuration.ts';
import { gapsSchema } from '../pipeline/gaps.ts';
import { configurationOutlook } from './compare-configuration.ts';
import { courseSchema } from './course.ts';
import { sampleSchema } from './experience.ts';
import { leaveOutSchema } from './leave-out.ts';
import { PROCEDURES } from './procedures.ts';
import { readingSchema } from './reading.ts';
import { recordedSchema } from './recorded.ts';

/**
 * healthy: readable and holds all that the backup held · unproven: readable, and so much of it as could
 * be compared in time is as the backup held it · damaged: readable, but something is missing or changed
 * · unreachable: the server does not answer or refuses · gone: the server answers, the database is not
 * there
 */
export const databaseState = z.enum(['healthy', 'unproven', 'damaged', 'unreachable', 'gone']);

/** Plain sentences with the values that were met: for people, and part of no decision. */
const facts = z.array(z.string());

/** Events of one table and hour that are not what they should be. */
const damagedEvents = z.object({
  table: z.string(),
  hour: z.string(),
  /** How many it should hold, as far as that is known. */
  expected: z.int().nonnegative(),
});
export type DamagedEvents = z.infer<typeof damagedEvents>;

/** What is damaged of a database, as far as it was compared. */
export const damagedParts = z.object({
  /** Hours of events, as digests name them. */
  hours: z.array(z.string()),
  /** The same, by table. */
  events: z.array(damagedEvents).default([]),
  /** Hours of events that there was no time to compare. */
  uncompared: z.int().nonnegative().default(0),
  /** Every other event was compared with backup and Kafka, and is as both say. */
  restSound: z.boolean().default(false),
  /** Keys of msr.configuration are missing. */
  configuration: z.boolean(),
  /** Relations, the snapshot, or what cannot be read at all. */
  others: z.boolean(),
});

/** Events that look like the damage, from a moment on. */
export const suspicionSchema = z.object({
  /** deletes: many more than usual · shape: states with other keys or types than before */
  kind: z.enum(['deletes', 'shape']),
  table: z.string(),
  /** When it began. */
  at: z.iso.datetime(),
  events: z.int(),
  /** Deletes of five usual minutes. */
  usual: z.int(),
  /** For how long, or what differs. */
  text: z.string(),
});

/** What a recovery from one backup would come to. */
const backupOutlook = z.object({
  id: z.string(),
  takenAt: z.iso.datetime(),
  /** Why it cannot be restored; null where it can. */
  obstacle: z.string().nullable(),
  exact: z.boolean(),
  /** Inexact, and the overlap is dropped by content. */
  byContent: z.boolean().default(false),
  baseline: z.enum(BASELINE_KINDS),
  dumpSeconds: z.number(),
  digestSeconds: z.number(),
  /** Everything of it in the vault. */
  bytes: z.int().nonnegative().default(0),
  databaseBytes: z.int().nonnegative().optional(),
  /** Why it holds already what is to be left out; null where it does not, or nothing is. */
  holdsDamage: z.string().nullable().default(null),
  /** As of `log`: with the records from this backup's cut on. */
  log: z.enum(['whole', 'damaged', 'unreachable']),
  records: z.int(),
  /** Offsets that a replay would leave out; null where nobody can say how many. */
  lost: z.int().nullable(),
});
export type BackupOutlook = z.infer<typeof backupOutlook>;

/** The world as it is met before a recovery: everything that the plan is made of, and nothing secret. */
const assessmentSchema = z.object({
  assessedAt: z.iso.datetime(),
  backup: z.object({
    id: z.string(),
    takenAt: z.iso.datetime(),
    exact: z.boolean(),
    /** Inexact, and the overlap is dropped by content. */
    byContent: z.boolean().default(false),
    /** What of it nobody could place in Kafka, a sentence each. */
    unproven: z.array(z.string()).default([]),
    events: z.int(),
    bytes: z.int(),
    /** What the recovery begins with. */
    baseline: z.enum(BASELINE_KINDS).default('dump'),
    dumpSeconds: z.number(),
    digestSeconds: z.number(),
    /** What the database took at the cut; absent where an earlier msr made the backup. */
    databaseBytes: z.int().nonnegative().optional(),
    /** Why it cannot be restored; null where it can. */
    obstacle: z.string().nullable(),
    /** Newer backups that cannot be used, with the reason. */
    passedOver: z.array(z.string()),
  }),
  database: z.object({
    /** host:port/name */
    server: z.string(),
    state: databaseState,
    /** Whether `session` and `configuration` can still be taken from it. */
    readable: z.boolean(),
    /** Whether we may replace events in it: as a superuser, and it takes writes. */
    writable: z.boolean().default(false),
    /** Why it is not the live database: the sink feeds another one. Null where it may be. */
    obstacle: z.string().nullable(),
    configuration: configurationOutlook,
    damaged: damagedParts,
    facts,
  }),
  log: z.object({
    /** damaged: a topic was recreated, truncated or shrunk, or retention has passed the cut. */
    state: z.enum(['whole', 'damaged', 'unreachable']),
    topics: z.array(z.object({ name: z.string(), id: z.string().nullable(), partitions: z.int() })),
    /** Topics that may have been created anew since the backup: brokers told no id, then or now. */
    unidentified: z.array(z.string()).default([]),
    /** Partitions whose log nobody could compare with that of the backup. */
    unknown: z.array(z.string()).default([]),
    /** Offsets between the cut and the end: at least as many as there are records. */
    records: z.int(),
    /** Until retention may reach the cut; null where it never will, or where it is not known. */
    headroomSeconds: z.number().nullable(),
    /** How a replay would go around what is gone, and what keeps it from that. */
    around: courseSchema.extend({
      anew: z.array(z.string()),
      absent: z.array(z.string()),
      obstacles: z.array(z.string()),
      /**
       * When the first record was written that a replay would begin with there; none where it is empty.
       */
      begins: z.array(z.object({ topic: z.string(), partition: z.int(), at: z.iso.datetime() })).default([]),
    }),
    facts,
  }),
  /** What the last recoveries and drills of this system took. */
  experience: z.array(sampleSchema).default([]),
  /** Every backup that may be begun with, newest first, priced by its head and today's log. */
  backups: z.array(backupOutlook).default([]),
  sink: z.object({
    connector: z.string(),
    /** Kafka Connect's word; absent: it has no such connector; unreachable: it does not answer. */
    state: z.string(),
    /** The replayer can do what this sink does. */
    understood: z.boolean(),
    /** Topics were created anew, and it has gone on in them by itself. */
    follows: z.boolean().default(false),
    facts,
  }),
  /**
   * What of the way from the sources to the database is not there any more; absent where all of it is.
   */
  gaps: gapsSchema.optional(),
  /**
   * Where the logs that are gone stood when a health run, or a later backup, last saw them: what the
   * backup lacks of them, nobody else knows.
   */
  recorded: z.array(recordedSchema).default([]),
  /** How records become rows; absent where the sink or the log cannot be read. */
  reading: readingSchema
    .extend({
      /** Why a replay would have to guess. */
      faults: z.array(z.string()),
      facts,
    })
    .optional(),
  target: z.object({
    server: z.string(),
    /**
     * rename: on the server of the live database · redirect: on another one, where
     * sink and readers are pointed.
     */
    cutover: z.enum(['rename', 'redirect']),
    /** Readers follow a redirect by a secret of theirs. */
    readersSecret: z.boolean(),
    fit: z.boolean(),
    facts,
  }),
  /**
   * What in the newest events may be the damage; nothing where it was named, or no event can be read.
   */
  suspicions: z.array(suspicionSchema).default([]),
  /** The newest pair of backups that do not agree on what both hold. */
  changedBackup: z
    .object({
      before: z.string(),
      after: z.string(),
      takenAt: z.iso.datetime(),
      first: z.string(),
      differences: z.int(),
    })
    .optional(),
  /** A recovery that is live left this out, and the backup is from before it. */
  leftOutBefore: z.object({ recoveryId: z.string(), records: z.int(), leaveOut: leaveOutSchema }).optional(),
  /** What is to be left out, as it was asked for or as a recovery that is continued was begun with. */
  leaveOut: leaveOutSchema
    .extend({
      /** Why it cannot be left out. */
      obstacles: z.array(z.string()),
      /** How many events that are; null where only the replay tells. */
      events: z.int().nullable(),
      facts,
    })
    .optional(),
  /** What a restore of the configuration alone would set; absent where nothing asks for one. */
  configurationRestore: z
    .object({
      /** The newest backup whose values MSR can run by, or the one that was named. */
      backupId: z.string(),
      changes: z.array(configurationChangeSchema),
      facts,
    })
    .optional(),
  /** Other zones as baselines, where they were looked at. */
  zones: z
    .array(
      z.object({
        name: z.string(),
        /** Why it cannot be begun with; null where it can. */
        obstacle: z.string().nullable(),
        facts,
      }),
    )
    .default([]),
  /** A recovery that began and did not end: it is continued under its own id. */
  unfinished: z
    .object({
      recoveryId: z.string(),
      backupId: z.string(),
      baseline: z.enum(BASELINE_KINDS).default('dump'),
      startedAt: z.string(),
      live: z.boolean(),
      procedure: z.enum(PROCEDURES).default('standard'),
      course: courseSchema.optional(),
      zone: z.string().optional(),
      connectors: z.array(z.string()).optional(),
    })
    .optional(),
});
export type Assessment = z.infer<typeof assessmentSchema>;
