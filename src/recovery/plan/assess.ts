import { isByContent, type Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import { readSinkHistory } from '../../sink/sink-history.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import { assessBackups } from './assess-backups.ts';
import { assessConfiguration } from './assess-configuration.ts';
import { assessDatabase, whereToLook } from './assess-database.ts';
import { assessLog } from './assess-log.ts';
import { assessLost } from './assess-lost.ts';
import { assessMoments } from './assess-moments.ts';
import { assessReading } from './assess-reading.ts';
import { asDescribed, assessSink } from './assess-sink.ts';
import { assessTarget, fitForSink } from './assess-target.ts';
import { assessZones } from './assess-zones.ts';
import type { Assessment } from './assessment.ts';
import { chooseStart, isSeparate, type Start } from './choose-start.ts';
import { readComparison } from './comparison.ts';
import { assessSuspicions } from './evidence/assess-suspicions.ts';
import { findChangedBackup } from './evidence/changed-backups.ts';
import { findLeftOutBefore } from './evidence/left-out-before.ts';
import { leaveOutOutlook } from './leave-out-outlook.ts';
import { planSchema } from './plan.ts';
import { stagesOf } from './reading.ts';
import type { RecoveryRequest } from './request.ts';
import { leaveOutOf } from './request-leave-out.ts';
import { findUnfinished } from './unfinished.ts';

/**
 * Looks at everything that a plan is made of; changes nothing.
 * @param comparedBy the id of a recovery that begins now, where all events were compared for it or for
 *   the one that it continues
 * @throws OperatorError where it cannot look: no usable backup, wrong credentials, missing rights
 */
export async function assess(
  vault: Vault,
  settings: Settings,
  request: RecoveryRequest,
  comparedBy?: string,
): Promise<Assessment> {
  const unfinished = request.fresh ? undefined : await findUnfinished(vault, settings, request.backupId);
  const connect = sinkConnect({ settings, vault });
  const met = await assessSink(connect, settings);
  const leaveOut = leaveOutOf(request) ?? unfinished?.course?.leaveOut;
  const moments = await assessMoments(settings, met.config, leaveOut);
  const start = await chooseStart(vault, settings, request, unfinished, { leaveOut, moments });
  const { manifest, baseline } = start;
  const comparison =
    comparedBy === undefined
      ? undefined
      : await readComparison(vault, unfinished?.recoveryId ?? comparedBy, manifest.id);
  const described = asDescribed(met, settings, manifest);
  const { config, configuration } = described;
  const isOpen = leaveOut === undefined && unfinished?.live !== true;
  const [suspicions, found, database, target] = await Promise.all([
    isOpen ? (comparison?.suspicions ?? lookForSuspicions(settings)) : [],
    assessLog(settings, manifest, config),
    assessDatabase(settings, manifest, configuration, { comparison }),
    assessTarget(settings, manifest, baseline.kind),
  ]);
  const wish = { wanted: request.baseline, separateServer: isSeparate(settings) };
  const { backups, heads } = await assessBackups(vault, found.content, wish, { leaveOut, moments });
  const damage = await damageInVault(vault, manifest, backups, isOpen);
  const configurationRestore = await assessConfiguration(vault, settings, request, database);
  const zones = await assessZones({ connect, settings, manifest, configuration }, request, database);
  const liveUrl = isReadable(database) ? await whereToLook(settings) : undefined;
  const places = { vault, settings, connect, manifest, liveUrl, unfinished };
  const { sink, log, gaps, recorded } = await assessLost(places, described, found, heads);
  const course = unfinished?.course ?? log.around;
  const named = leaveOut === undefined ? undefined : leaveOutOutlook({ leaveOut, manifest, moments });
  const passable =
    log.state === 'whole' || (found.content !== undefined && log.around.obstacles.length === 0);
  const readable = config !== undefined && configuration !== undefined && passable;
  const reading =
    // Past the commit point nothing is read any more.
    !readable || unfinished?.live === true
      ? undefined
      : await assessReading({
          ...{ settings, connect, manifest, sink: config, configuration, course, leaveOut: named },
          isPresent: sink.state !== 'absent',
          changedAt: request.sinkChangedAt ?? (await changedAtOf(vault, unfinished)),
          history: await readSinkHistory(vault, settings.sinkConnector),
          liveUrl,
        });
  return {
    assessedAt: new Date().toISOString(),
    backup: describeBackup(start),
    database,
    log,
    backups,
    zones,
    suspicions,
    ...damage,
    ...(configurationRestore === undefined ? {} : { configurationRestore }),
    sink,
    ...(gaps === undefined ? {} : { gaps }),
    recorded,
    ...(reading === undefined ? {} : { reading }),
    target: unfinished?.live === true ? target : fitForSink(target, configuration),
    ...(named === undefined ? {} : { leaveOut: named }),
    ...(unfinished === undefined ? {} : { unfinished }),
  };
}

/** What the vault says of damage that the newest events do not show. */
async function damageInVault(
  vault: Vault,
  manifest: Manifest,
  backups: Assessment['backups'],
  isOpen: boolean,
): Promise<Pick<Assessment, 'changedBackup' | 'leftOutBefore'>> {
  const leftOutBefore = await findLeftOutBefore(vault, manifest);
  const changedBackup = isOpen ? await findChangedBackup(vault, manifest, backups) : undefined;
  return { ...(leftOutBefore && { leftOutBefore }), ...(changedBackup && { changedBackup }) };
}

async function lookForSuspicions(settings: Settings): Promise<Assessment['suspicions']> {
  return await assessSuspicions(await whereToLook(settings));
}

function isReadable({ state }: Assessment['database']): boolean {
  return state === 'healthy' || state === 'unproven' || state === 'damaged';
}

/** A recovery that is continued goes on with the times that were named when it was begun. */
async function changedAtOf(vault: Vault, unfinished: Assessment['unfinished']): Promise<readonly string[]> {
  if (unfinished === undefined) return [];
  const plan = await readRecoveryDocument(vault, unfinished.recoveryId, 'plan', planSchema);
  return stagesOf(plan?.reading ?? {}).flatMap(({ at, seen }) => (seen === true ? [] : [at]));
}

function describeBackup({ manifest, passedOver, baseline }: Start): Assessment['backup'] {
  return {
    id: manifest.id,
    takenAt: manifest.cut.takenAt,
    exact: manifest.cut.exact,
    byContent: isByContent(manifest.cut),
    events: manifest.events.count,
    bytes: manifest.artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
    baseline: baseline.kind,
    dumpSeconds: manifest.durations.dumpSeconds,
    digestSeconds: manifest.durations.digestSeconds,
    obstacle: baseline.obstacle,
    passedOver: [...passedOver],
  };
}
