import { INEXACT_BY_CONTENT } from '../../manifest/manifest.ts';
import { describeGaps } from '../pipeline/gaps.ts';
import type { Assessment } from './assessment.ts';
import { configurationRemarks } from './compare-configuration.ts';
import { estimateRebuild } from './estimate.ts';
import { leftOutAgainRemarks, suspicionRemarks } from './evidence/suspicion-remarks.ts';
import { leftOutText } from './leave-out-outlook.ts';
import { describeHoles } from './loss.ts';
import { configurationChanges } from './options/configuration.ts';
import { partialInstead, partialRemarks } from './options/partial.ts';
import { isRebuild, type Procedure } from './procedures.ts';
import { describeRecorded } from './recorded.ts';
import type { RecoveryRequest } from './request.ts';

type Unfinished = Assessment['unfinished'];

const UNPROVEN =
  'whether the live database has lost anything is not known: not all of it was compared. Where nothing else says so, reject this plan; `msr recover --full-digest` ("fullDigest": true) compares all of it before it plans';

/** What the approver of this procedure should know beyond its price. Pure. */
export function remarksOf(assessment: Assessment, request: RecoveryRequest, procedure: Procedure): string[] {
  const { backup, database, log, unfinished } = assessment;
  return [
    ...backup.passedOver.map((reason) => `a newer backup cannot be used: ${reason}`),
    ...(unfinished === undefined ? [] : [continuing(unfinished)]),
    ...passedOverWish(request, unfinished),
    ...(procedure === 'configuration' ? configurationChanges(assessment) : []),
    ...(procedure === 'point-in-time' ? leftOut(assessment) : []),
    ...(procedure === 'partial' ? partialRemarks(assessment) : partialInstead(assessment)),
    ...(isRebuild(procedure) ? rebuildRemarks(assessment, request) : []),
    ...(isRebuild(procedure) && database.state !== 'healthy'
      ? describeHoles(log.around.holes, backup.takenAt, log.around.begins)
      : []),
    ...(procedure === 'cold' || procedure === 'resume-sink' ? pipelineRemarks(assessment) : []),
    ...(procedure === 'resume-sink' ? describeRecorded(assessment.recorded, backup.takenAt) : []),
    ...(unfinished?.live === true ? [] : suspicionRemarks(assessment)),
    ...(isRebuild(procedure) && unfinished?.live !== true ? leftOutAgainRemarks(assessment) : []),
    ...(database.state === 'unproven' ? [UNPROVEN] : []),
    ...(log.unidentified.length === 0 ? [] : [notIdentified(log.unidentified)]),
    ...(log.unknown.length === 0 ? [] : [notCompared(log.unknown)]),
  ];
}

function rebuildRemarks(assessment: Assessment, { force }: RecoveryRequest) {
  const { database, backup, log, target, reading } = assessment;
  return [
    ...(backup.byContent ? [BY_CONTENT] : []),
    ...backup.unproven,
    ...(backup.baseline === 'volumes' ? [fromVolumes(target.server)] : []),
    ...(target.cutover === 'redirect' ? [redirecting(target)] : []),
    ...(reading?.facts ?? []),
    ...(database.readable
      ? ['sessions and configuration are taken from the old database at the cutover']
      : [`the old database cannot be read: sessions and configuration go back to ${backup.takenAt}`]),
    ...configurationRemarks(database.configuration),
    ...(database.state === 'healthy' && force
      ? ['the live database is healthy and is replaced because --force says so']
      : []),
    ...(log.headroomSeconds !== null && log.headroomSeconds < estimateRebuild(assessment).seconds.high
      ? ['Kafka may delete records that the replay needs: raise retention.ms of the topics first']
      : []),
  ];
}

const BY_CONTENT = `${INEXACT_BY_CONTENT}: the backup was taken while the sink went on. A record of that time whose row the dump holds is not written again; what the source has sent twice stays twice`;

function leftOut({ leaveOut }: Assessment): string[] {
  return leaveOut === undefined ? [] : [...leaveOut.facts, `set aside: ${leftOutText(leaveOut)}`];
}

function pipelineRemarks({ gaps }: Assessment): string[] {
  return gaps === undefined ? [] : describeGaps(gaps);
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
