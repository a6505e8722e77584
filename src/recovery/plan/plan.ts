import { z } from 'zod';
import { BASELINE_KINDS } from '../../manifest/baseline-kind.ts';
import { type Assessment, databaseState } from './assessment.ts';
import { configurationObstacle, configurationRemarks } from './compare-configuration.ts';
import { estimateCold, estimateStandard } from './estimate.ts';
import { planHash } from './plan-hash.ts';
import { type Reading, readingSchema } from './reading.ts';
import type { RecoveryRequest } from './request.ts';

const option = z.object({
  procedure: z.enum(['standard', 'cold', 'configuration', 'point-in-time']),
  possible: z.boolean(),
  /** Why it is impossible; empty where it is possible. */
  why: z.array(z.string()),
  /** Events that would be lost; null where nobody can know before it is done. */
  lossEvents: z.int().nullable(),
  /** Seconds; null where there is nothing to estimate. */
  seconds: z.object({ low: z.int(), high: z.int() }).nullable(),
  destroys: z.string(),
});
export type PlanOption = z.infer<typeof option>;

export const planSchema = z.object({
  version: z.literal(1),
  recoveryId: z.string(),
  /** Names what is approved. */
  hash: z.string(),
  procedure: z.enum(['standard', 'undo', 'redo']),
  /** The backup that a standard recovery restores. */
  backupId: z.string().optional(),
  /** What of it. */
  baseline: z.enum(BASELINE_KINDS).optional(),
  /** MAX_PLAYBACK_RANGE of the recovered database: its maintenance drops by this one, or not at all. */
  playbackRange: z.string().nullish(),
  /** What is known of the live database, first of all of a plan; of none that is replaced already. */
  database: z.object({ state: databaseState, facts: z.array(z.string()) }).optional(),
  /** How the replay makes rows of records. */
  reading: readingSchema.optional(),
  options: z.array(option),
  /** Why nothing can be done; absent where the procedure can be carried out. */
  refusal: z.string().optional(),
  /** What the approver should know beyond the options. */
  remarks: z.array(z.string()),
});
export type Plan = z.infer<typeof planSchema>;

/** The document that holds a plan: an undo's stands beside that of the recovery that it undoes. */
export function planDocument(procedure: Plan['procedure']): 'plan' | 'undo-plan' {
  return procedure === 'standard' ? 'plan' : 'undo-plan';
}

/**
 * Every option with its price, and the one chosen. Pure: the same assessment and request give the same plan.
 * @param recoveryId of a recovery that begins now; one that continues keeps its own
 */
export function planRecovery(assessment: Assessment, request: RecoveryRequest, recoveryId: string): Plan {
  const unfinished = request.fresh ? undefined : assessment.unfinished;
  const backupId = unfinished?.backupId ?? assessment.backup.id;
  const options = [standard(assessment), cold(assessment), configuration(), pointInTime()];
  const refusal = refusalOf(assessment, request, unfinished, options);
  return {
    version: 1,
    recoveryId: unfinished?.recoveryId ?? recoveryId,
    hash: hashOf(assessment, request, unfinished, backupId),
    procedure: 'standard',
    backupId,
    baseline: assessment.backup.baseline,
    playbackRange: assessment.database.configuration.playbackRange,
    ...(unfinished?.live === true ? {} : { database: knownOf(assessment) }),
    ...(assessment.reading === undefined ? {} : { reading: readingOf(assessment.reading) }),
    options,
    ...(refusal === undefined ? {} : { refusal }),
    remarks: remarksOf(assessment, request, unfinished),
  };
}

function knownOf({ database: { state, facts } }: Assessment): Plan['database'] {
  return { state, facts };
}

/** What is known of the live database, for the first lines of a plan; undefined where it is no matter. */
export function liveDatabase({ database }: Plan): string | undefined {
  if (database === undefined) return undefined;
  const known = database.state === 'unproven' ? 'not known whether it has lost anything' : database.state;
  return `${known}: ${database.facts.join('; ')}`;
}

/** What the replay goes by, without what was said about it. */
function readingOf({ rules, boundary, isolation }: Reading): Reading {
  return { rules, ...(boundary && { boundary }), ...(isolation && { isolation }) };
}

type Unfinished = Assessment['unfinished'];

function standard(assessment: Assessment): PlanOption {
  const why = obstacles(assessment);
  return {
    procedure: 'standard',
    possible: why.length === 0,
    why,
    lossEvents: 0,
    seconds: estimateStandard(assessment),
    destroys:
      assessment.target.cutover === 'redirect'
        ? 'nothing: the old database stays on its server as it is'
        : 'nothing: the old database is kept, closed, under another name until `msr cleanup`',
  };
}

/** What stands between this world and a recovery without loss. */
function obstacles({ backup, database, log, sink, reading, target }: Assessment): string[] {
  return [
    ...(database.obstacle === null ? [] : [database.obstacle]),
    ...[configurationObstacle(database.configuration)].filter((why) => why !== undefined),
    ...(backup.obstacle === null ? [] : [`the backup ${backup.id} cannot be restored: ${backup.obstacle}`]),
    ...(backup.exact ? [] : ['the backup is inexact: it was not taken around a cleanly stopped sink']),
    ...(log.state === 'whole' ? [] : log.facts),
    ...(sink.state === 'unreachable' || !sink.understood ? sink.facts : []),
    ...(reading?.faults ?? []),
    ...(target.fit ? [] : target.facts),
  ];
}

const UNPROVEN =
  'whether the live database has lost anything is not known: not all of it was compared. Where nothing else says so, reject this plan; `msr recover --full-digest` ("fullDigest": true) compares all of it before it plans';

const NOT_YET = 'this version of msr does not carry it out yet';

function cold({ backup, log }: Assessment): PlanOption {
  return {
    procedure: 'cold',
    possible: false,
    why: [NOT_YET],
    // With the log out of reach nobody can count what came after the backup.
    lossEvents: log.state === 'whole' ? log.records : null,
    seconds: estimateCold(backup),
    destroys: 'every event since the backup',
  };
}

function configuration(): PlanOption {
  return {
    procedure: 'configuration',
    possible: false,
    why: ['a command of its own carries it out: `msr configuration restore`'],
    lossEvents: 0,
    seconds: null,
    destroys: 'the present values of msr.configuration',
  };
}

function pointInTime(): PlanOption {
  return {
    procedure: 'point-in-time',
    possible: false,
    why: [NOT_YET],
    lossEvents: null,
    seconds: null,
    destroys: 'every event after the chosen moment',
  };
}

function refusalOf(
  { database }: Assessment,
  request: RecoveryRequest,
  unfinished: Unfinished,
  options: readonly PlanOption[],
): string | undefined {
  // Past the commit point only forward leads out: whatever stands in the way is met, and told, there.
  if (unfinished?.live === true) return undefined;
  const [chosen] = options;
  if (chosen?.possible !== true) {
    return `no procedure is possible. Standard: ${chosen?.why.join('; ')}. Others: ${NOT_YET}`;
  }
  if (database.state !== 'healthy' || request.force) return undefined;
  return `the live database ${database.server} holds all that the backup holds: there is nothing to recover. To replace it all the same, run it with --force`;
}

/** What decides what is done to what. */
function hashOf(
  { backup, database, target, log, sink, reading }: Assessment,
  request: RecoveryRequest,
  unfinished: Unfinished,
  backupId: string,
): string {
  return planHash({
    procedure: 'standard',
    backupId,
    baseline: backup.baseline,
    database: [database.server, database.state, database.readable],
    configuration: [database.configuration.from, database.configuration.playbackRange],
    target: [target.server, target.cutover],
    topics: log.topics.map(({ name, id, partitions }) => [name, id, partitions]),
    sink: sink.connector,
    reading: reading === undefined ? null : readingOf(reading),
    force: request.force,
    continues: unfinished === undefined ? null : [unfinished.recoveryId, unfinished.live],
  });
}

function remarksOf(
  { database, backup, log, target, reading }: Assessment,
  request: RecoveryRequest,
  unfinished: Unfinished,
): string[] {
  return [
    ...backup.passedOver.map((reason) => `a newer backup cannot be used: ${reason}`),
    ...(unfinished === undefined ? [] : [continuing(unfinished)]),
    ...passedOverWish(request, unfinished),
    ...(backup.baseline === 'volumes' ? [fromVolumes(target.server)] : []),
    ...(target.cutover === 'redirect' ? [redirecting(target)] : []),
    ...(reading?.facts ?? []),
    ...(database.readable
      ? ['sessions and configuration are taken from the old database at the cutover']
      : [`the old database cannot be read: sessions and configuration go back to ${backup.takenAt}`]),
    ...configurationRemarks(database.configuration),
    ...(database.state === 'unproven' ? [UNPROVEN] : []),
    ...(database.state === 'healthy' && request.force
      ? ['the live database is healthy and is replaced because --force says so']
      : []),
    ...(log.unidentified.length === 0 ? [] : [notIdentified(log.unidentified)]),
    ...(log.unknown.length === 0 ? [] : [notCompared(log.unknown)]),
    ...(log.headroomSeconds !== null && log.headroomSeconds < estimateStandard({ backup, log }).high
      ? ['Kafka may delete records that the replay needs: raise retention.ms of the topics first']
      : []),
  ];
}

function notIdentified(topics: readonly string[]): string {
  const named = topics.join(', ');
  return `whether ${named} were created anew since the backup is not known, since the brokers tell no topic ids; only the last records before the cut, where Kafka still holds them, are known to be those of then`;
}

function notCompared(partitions: readonly string[]): string {
  const more = partitions.length > 5 ? ` and ${partitions.length - 5} more` : '';
  return `could not verify that the log is the one of the backup in ${partitions.slice(0, 5).join(', ')}${more}: the records before the cut are gone, and no leader epoch is known of them; had it been truncated and grown again, events would be missing`;
}

function fromVolumes(server: string): string {
  return `the baseline is a copy of the volumes, on a server of its own at ${server}; where it does not run yet, the recovery brings it up`;
}

function redirecting({ server, readersSecret }: Assessment['target']): string {
  const readers = readersSecret ? "and the readers' secret" : 'and readers are yours to move';
  return `the recovered database will be on ${server}: the recovery points the sink there, ${readers}`;
}

/** A recovery that is continued has its baseline already. */
function passedOverWish({ baseline }: RecoveryRequest, unfinished: Unfinished): string[] {
  if (unfinished === undefined || baseline === undefined || baseline === unfinished.baseline) return [];
  return [
    `it began with the ${unfinished.baseline}, and goes on with that: to begin with the ${baseline} run it with --fresh`,
  ];
}

function continuing({ recoveryId, startedAt, live }: NonNullable<Unfinished>): string {
  const what = `recovery ${recoveryId}, begun ${startedAt}, was not finished and is continued`;
  return live ? `${what}: its database is live already, so that only forward leads out` : what;
}

/** What the state machine does with a plan. */
export type Decision = 'compare' | 'refused' | 'dry-run' | 'ask' | 'approved';

/**
 * Only the hash of this very plan approves it: what was approved of another world is asked again.
 * @param compared all events were compared already, as far as that could be done
 */
export function decide(plan: Plan, request: RecoveryRequest, compared: boolean): Decision {
  const isOpen = plan.refusal === undefined && plan.database?.state === 'unproven';
  if (request.fullDigest && isOpen && !compared) return 'compare';
  if (request.dryRun) return 'dry-run';
  if (plan.refusal !== undefined) return 'refused';
  return request.approvedPlanHash === plan.hash ? 'approved' : 'ask';
}
