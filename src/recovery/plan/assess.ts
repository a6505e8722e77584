import { isByContent, type Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import { readSinkHistory } from '../../sink/sink-history.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import { assessBackups } from './assess-backups.ts';
import { assessConfiguration } from './assess-configuration.ts';
import { assessDatabase, whereToLook } from './assess-database.ts';
import { assessLog, type LogFinding } from './assess-log.ts';
import { assessLost } from './assess-lost.ts';
import { assessReading } from './assess-reading.ts';
import { asDescribed, type SinkFinding } from './assess-sink.ts';
import { assessTarget, fitForSink } from './assess-target.ts';
import { assessZones } from './assess-zones.ts';
import type { Assessment } from './assessment.ts';
import { isSeparate, type Start } from './choose-start.ts';
import { readComparison } from './comparison.ts';
import { assessSuspicions } from './evidence/assess-suspicions.ts';
import { findChangedBackup } from './evidence/changed-backups.ts';
import { findLeftOutBefore } from './evidence/left-out-before.ts';
import { readExperience } from './experience.ts';
import { leaveOutOutlook } from './leave-out-outlook.ts';
import { planSchema } from './plan.ts';
import { reachedSince } from './reached.ts';
import { stagesOf } from './reading.ts';
import type { World } from './world.ts';

/**
 * Looks at everything that a plan with this backup is made of; changes nothing.
 * @throws OperatorError where it cannot look: wrong credentials, missing rights
 */
export async function assess(world: World, start: Start): Promise<Assessment> {
  const { settings, request, unfinished, leaveOut, moments, stock } = world;
  const { manifest } = start;
  const described = asDescribed(world.met, settings, manifest);
  const { configuration } = described;
  const { suspicions, found, database, target } = await lookAtAll(world, start, described);
  const wish = { wanted: request.baseline, separateServer: isSeparate(settings) };
  const { backups, heads } = assessBackups(stock, found.content, wish, world);
  const damage = await damageInVault(world, manifest, backups);
  const experience = await readExperience(world.vault, heads);
  const configurationRestore = await assessConfiguration(
    { ...world, entries: stock.entries },
    request,
    database,
  );
  const zones = await assessZones({ ...world, manifest, configuration }, request, database);
  const liveUrl = isReadable(database) ? await whereToLook(settings) : undefined;
  const { sink, log, gaps, recorded } = await assessLost(
    { ...world, manifest, liveUrl },
    described,
    found,
    heads,
  );
  const named = leaveOut === undefined ? undefined : leaveOutOutlook({ leaveOut, manifest, moments });
  const facts = { manifest, described, log, sink, named, liveUrl, isLogSeen: found.content !== undefined };
  const reading = await readingIfNeeded(world, facts);
  return {
    ...{ assessedAt: new Date().toISOString(), backup: describeBackup(start) },
    ...{ database, log, backups, zones, suspicions, sink, recorded, experience },
    ...damage,
    ...(configurationRestore === undefined ? {} : { configurationRestore }),
    ...(gaps === undefined ? {} : { gaps }),
    ...(reading === undefined ? {} : { reading }),
    target: unfinished?.live === true ? target : fitForSink(target, configuration),
    ...(named === undefined ? {} : { leaveOut: named }),
    ...(unfinished === undefined ? {} : { unfinished }),
  };
}

interface Sights extends Pick<Assessment, 'suspicions' | 'database' | 'target'> {
  readonly found: LogFinding;
}

/** What takes long, side by side. */
async function lookAtAll(
  world: World,
  { manifest, baseline }: Start,
  { config, configuration }: SinkFinding,
): Promise<Sights> {
  const { vault, settings, comparedBy, unfinished, stock } = world;
  const comparison =
    comparedBy === undefined
      ? undefined
      : await readComparison(vault, unfinished?.recoveryId ?? comparedBy, manifest.id);
  const [suspicions, found, database, target] = await Promise.all([
    isDamageOpen(world) ? (comparison?.suspicions ?? lookForSuspicions(settings)) : [],
    assessLog(settings, manifest, config, reachedSince(manifest.id, manifest.cut, stock.entries)),
    assessDatabase(settings, manifest, configuration, { comparison }),
    assessTarget(settings, manifest, baseline.kind),
  ]);
  return { suspicions, found, database, target };
}

/** Nobody has said what the damage is, and no recovery is past its commit point. */
function isDamageOpen({ leaveOut, unfinished }: World): boolean {
  return leaveOut === undefined && unfinished?.live !== true;
}

/** What the vault says of damage that the newest events do not show. */
async function damageInVault(
  world: World,
  manifest: Manifest,
  backups: Assessment['backups'],
): Promise<Pick<Assessment, 'changedBackup' | 'leftOutBefore'>> {
  const { vault } = world;
  const leftOutBefore = await findLeftOutBefore(vault, manifest);
  const changedBackup = isDamageOpen(world) ? await findChangedBackup(vault, manifest, backups) : undefined;
  return { ...(leftOutBefore && { leftOutBefore }), ...(changedBackup && { changedBackup }) };
}

async function lookForSuspicions(settings: Settings): Promise<Assessment['suspicions']> {
  return await assessSuspicions(await whereToLook(settings));
}

function isReadable({ state }: Assessment['database']): boolean {
  return state === 'healthy' || state === 'unproven' || state === 'damaged';
}

interface Replayed extends Pick<Assessment, 'log' | 'sink'> {
  readonly manifest: Manifest;
  readonly described: SinkFinding;
  readonly named: Assessment['leaveOut'];
  readonly liveUrl: string | undefined;
  /** A broker answered. */
  readonly isLogSeen: boolean;
}

/** undefined: the sink or the log cannot be read, or nothing is read any more, past the commit point. */
async function readingIfNeeded(
  { vault, settings, connect, request, unfinished }: World,
  { manifest, described, log, sink, named, liveUrl, isLogSeen }: Replayed,
): Promise<Assessment['reading']> {
  const { config, configuration } = described;
  const passable = log.state === 'whole' || (isLogSeen && log.around.obstacles.length === 0);
  if (config === undefined || configuration === undefined || !passable || unfinished?.live === true)
    return undefined;
  return await assessReading({
    ...{ settings, connect, manifest, sink: config, configuration, leaveOut: named, liveUrl },
    course: unfinished?.course ?? log.around,
    isPresent: sink.state !== 'absent',
    changedAt: request.sinkChangedAt ?? (await changedAtOf(vault, unfinished)),
    history: await readSinkHistory(vault, settings.sinkConnector),
  });
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
    unproven: manifest.cut.overlap?.unproven ?? [],
    events: manifest.events.count,
    bytes: manifest.artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
    baseline: baseline.kind,
    ...(manifest.databaseBytes === undefined ? {} : { databaseBytes: manifest.databaseBytes }),
    dumpSeconds: manifest.durations.dumpSeconds,
    digestSeconds: manifest.durations.digestSeconds,
    obstacle: baseline.obstacle,
    passedOver: [...passedOver],
  };
}
