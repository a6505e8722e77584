import { connectClient } from '../../clients/connect.ts';
import { hostAndPort } from '../../clients/postgres-url.ts';
import { type BaselineKind, chooseBaseline, damageOfBaseline } from '../../manifest/baseline-kind.ts';
import { chooseBackup } from '../../manifest/catalogue.ts';
import type { Manifest, ManifestHead } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import { assessBackups } from './assess-backups.ts';
import { assessConfiguration } from './assess-configuration.ts';
import { assessDatabase, whereToLook } from './assess-database.ts';
import { assessLog, assessSink } from './assess-log.ts';
import { assessReading } from './assess-reading.ts';
import { assessTarget, fitForSink } from './assess-target.ts';
import { assessZones } from './assess-zones.ts';
import type { Assessment } from './assessment.ts';
import { readComparison } from './comparison.ts';
import { planSchema } from './plan.ts';
import type { RecoveryRequest } from './request.ts';
import { findUnfinished } from './unfinished.ts';

/**
 * Looks at everything that a plan is made of; changes nothing.
 * @param comparedBy the id of a recovery that begins now, where all events were compared for it or for the
 *   one that it continues
 * @throws OperatorError where it cannot look: no usable backup, wrong credentials, missing rights
 */
export async function assess(
  vault: Vault,
  settings: Settings,
  request: RecoveryRequest,
  comparedBy?: string,
): Promise<Assessment> {
  const { manifest, passedOver, baseline, unfinished } = await chooseStart(vault, settings, request);
  const comparison =
    comparedBy === undefined
      ? undefined
      : await readComparison(vault, unfinished?.recoveryId ?? comparedBy, manifest.id);
  const connect = connectClient(settings.connect);
  const { sink, config, configuration } = await assessSink(connect, settings);
  const [{ log, content }, database, target] = await Promise.all([
    assessLog(settings, manifest, config),
    assessDatabase(settings, manifest, configuration, { comparison }),
    assessTarget(settings, manifest, baseline.kind),
  ]);
  const wish = { wanted: request.baseline, separateServer: isSeparate(settings) };
  const backups = await assessBackups(vault, content, wish);
  const configurationRestore = await assessConfiguration(vault, settings, request, database);
  const zones = await assessZones({ connect, settings, manifest, configuration }, request, database);
  const course = unfinished?.course ?? log.around;
  const passable = log.state === 'whole' || (content !== undefined && log.around.obstacles.length === 0);
  const readable = config !== undefined && configuration !== undefined && passable;
  const reading =
    // Past the commit point nothing is read any more.
    !readable || unfinished?.live === true
      ? undefined
      : await assessReading({
          ...{ settings, connect, manifest, sink: config, configuration, course },
          changedAt: request.sinkChangedAt ?? (await changedAtOf(vault, unfinished)),
          liveUrl: isReadable(database) ? await whereToLook(settings) : undefined,
        });
  return {
    assessedAt: new Date().toISOString(),
    backup: describeBackup(manifest, baseline, passedOver),
    database,
    log,
    backups,
    zones,
    ...(configurationRestore === undefined ? {} : { configurationRestore }),
    sink,
    ...(reading === undefined ? {} : { reading }),
    target: unfinished?.live === true ? target : fitForSink(target, configuration),
    ...(unfinished === undefined ? {} : { unfinished }),
  };
}

function isReadable({ state }: Assessment['database']): boolean {
  return state === 'healthy' || state === 'unproven' || state === 'damaged';
}

/** A recovery that is continued goes on with the time that was named when it was begun. */
async function changedAtOf(vault: Vault, unfinished: Assessment['unfinished']): Promise<string | undefined> {
  if (unfinished === undefined) return undefined;
  const plan = await readRecoveryDocument(vault, unfinished.recoveryId, 'plan', planSchema);
  return plan?.reading?.boundary?.at;
}

/** A recovery that is continued keeps its backup, even if a newer one has appeared. */
async function chooseStart(vault: Vault, settings: Settings, request: RecoveryRequest) {
  const unfinished = request.fresh ? undefined : await findUnfinished(vault, settings, request.backupId);
  const wanted = unfinished?.baseline ?? request.baseline;
  const separateServer = isSeparate(settings);
  const choose = (manifest: ManifestHead) => chooseBaseline(manifest, { wanted, separateServer });
  const chosen = await chooseBackup(vault, unfinished?.backupId ?? request.backupId, (manifest, damaged) => {
    const choice = choose(manifest);
    return 'obstacle' in choice ? choice.obstacle : damageOfBaseline(manifest, choice.kind, damaged);
  });
  const choice = choose(chosen.manifest);
  const baseline: Baseline =
    'obstacle' in choice
      ? { kind: wanted ?? 'dump', obstacle: choice.obstacle }
      : { ...choice, obstacle: null };
  return { ...chosen, baseline, unfinished };
}

function isSeparate({ databaseUrl, targetDatabaseUrl }: Settings): boolean {
  return hostAndPort(databaseUrl) !== hostAndPort(targetDatabaseUrl);
}

interface Baseline {
  readonly kind: BaselineKind;
  readonly obstacle: string | null;
}

function describeBackup(
  manifest: Manifest,
  { kind, obstacle }: Baseline,
  passedOver: readonly string[],
): Assessment['backup'] {
  return {
    id: manifest.id,
    takenAt: manifest.cut.takenAt,
    exact: manifest.cut.exact,
    events: manifest.events.count,
    bytes: manifest.artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
    baseline: kind,
    dumpSeconds: manifest.durations.dumpSeconds,
    digestSeconds: manifest.durations.digestSeconds,
    obstacle,
    passedOver: [...passedOver],
  };
}
