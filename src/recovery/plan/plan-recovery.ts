import type { Assessment } from './assessment.ts';
import { type Choice, chooseOption } from './choose-option.ts';
import { allOptions } from './options/all-options.ts';
import type { PlanOption } from './options/plan-option.ts';
import type { Plan } from './plan.ts';
import { planHash } from './plan-hash.ts';
import { remarksOf } from './plan-remarks.ts';
import { priceRemarks } from './price.ts';
import type { Procedure } from './procedures.ts';
import type { Reading } from './reading.ts';
import type { RecoveryRequest } from './request.ts';

/**
 * Every option with its price, and the one chosen. Pure: the same assessment and request give the same
 * plan.
 * @param recoveryId of a recovery that begins now; one that continues keeps its own
 */
export function planRecovery(assessment: Assessment, request: RecoveryRequest, recoveryId: string): Plan {
  const unfinished = request.fresh ? undefined : assessment.unfinished;
  const options = allOptions({ assessment, request });
  const choice = chooseOption(assessment, request, options);
  const { procedure, course, zone, refusal, option } = choice;
  const ownId = unfinished?.recoveryId ?? recoveryId;
  const backupId = procedure === 'zone' ? ownId : (unfinished?.backupId ?? assessment.backup.id);
  const configuration = procedure === 'configuration' ? assessment.configurationRestore?.changes : undefined;
  const gaps = procedure === 'cold' || procedure === 'resume-sink' ? assessment.gaps : undefined;
  const hours = procedure === 'partial' ? hoursOf(assessment) : undefined;
  const carried: Carried = { procedure, backupId, course, zone, configuration, hours, gaps, unfinished };
  return {
    version: 1,
    recoveryId: ownId,
    hash: hashOf(assessment, request, carried),
    procedure,
    backupId: procedure === 'configuration' ? assessment.configurationRestore?.backupId : backupId,
    ...(zone === undefined ? {} : { zone }),
    baseline: procedure === 'zone' ? 'dump' : assessment.backup.baseline,
    ...(procedure === 'standard' ? contentOf(assessment.backup) : {}),
    playbackRange: assessment.database.configuration.playbackRange,
    ...(unfinished?.live === true ? {} : { database: knownOf(assessment, options, choice) }),
    ...(assessment.reading === undefined ? {} : { reading: readingOf(assessment.reading, procedure) }),
    ...(course === undefined ? {} : { course }),
    ...(procedure === 'resume-sink' ? { recorded: assessment.recorded } : {}),
    ...(gaps === undefined ? {} : { gaps }),
    ...(configuration === undefined ? {} : { configuration }),
    ...(hours === undefined ? {} : { hours }),
    options,
    ...(refusal === undefined ? {} : { refusal }),
    remarks: [
      ...remarksOf(assessment, request, procedure),
      ...(refusal === undefined && option !== undefined ? priceRemarks(option) : []),
    ],
  };
}

/** What the plan carries out, as far as it is part of what is approved. */
interface Carried
  extends Pick<Plan, 'backupId' | 'configuration' | 'hours' | 'gaps'>,
    Omit<Choice, 'refusal' | 'option'> {
  readonly unfinished: Assessment['unfinished'];
}

function hoursOf({ database: { damaged } }: Assessment): Plan['hours'] {
  return damaged.events.map(({ table, hour }) => ({ table, hour }));
}

function knownOf(
  { database: { state, facts, damaged } }: Assessment,
  options: readonly PlanOption[],
  { refusal }: Choice,
): Plan['database'] {
  const missing = options.some(
    ({ procedure, needs }) => procedure === 'partial' && needs === '--full-digest',
  );
  // A database that seems to be healthy may hold events twice, or lack some of after the backup.
  const isOpen = state === 'healthy' || (refusal === undefined && state === 'unproven');
  const isHurt = state === 'damaged' && !damaged.others && (refusal === undefined || missing);
  return { state, facts, comparable: isOpen || isHurt };
}

/** What the replay goes by, without what was said about it. */
function readingOf({ rules, boundary, earlier, isolation }: Reading, procedure?: Procedure): Reading {
  // A zone's dump is younger than any change of the sink that a plan could tell of.
  const changes = procedure === 'zone' ? {} : { ...(boundary && { boundary }), ...(earlier && { earlier }) };
  return { rules, ...changes, ...(isolation && { isolation }) };
}

/** What decides what is done to what. */
function hashOf(
  { backup, database, target, log, sink, reading }: Assessment,
  request: RecoveryRequest,
  { procedure, backupId, course, zone, configuration, hours, gaps, unfinished }: Carried,
): string {
  return planHash({
    procedure,
    // A zone's dump has the id of the recovery, which every look at the plan gives anew.
    backupId: zone === undefined ? backupId : zone,
    baseline: backup.baseline,
    course: course ?? null,
    values: configuration ?? null,
    created: gaps === undefined ? null : [gaps.topics, gaps.connectors],
    hours: hours?.map(({ table, hour }) => [table, hour]) ?? null,
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

/** What of the cut rests on the records' content, and what on nothing. */
function contentOf({ byContent, unproven }: Assessment['backup']): Pick<Plan, 'byContent' | 'unproven'> {
  return { ...(byContent ? { byContent } : {}), ...(unproven.length === 0 ? {} : { unproven }) };
}
