import { chooseBackup, notByDump } from '../../backup/catalogue.ts';
import { connectClient } from '../../clients/connect.ts';
import type { Manifest } from '../../manifest.ts';
import type { Settings } from '../../settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { assessDatabase } from './assess-database.ts';
import { assessLog, assessSink } from './assess-log.ts';
import { assessTarget } from './assess-target.ts';
import type { Assessment } from './assessment.ts';
import type { RecoveryRequest } from './request.ts';
import { findUnfinished } from './unfinished.ts';

/**
 * Looks at everything that a plan is made of; changes nothing.
 * @throws OperatorError where it cannot look: no usable backup, wrong credentials, missing rights
 */
export async function assess(
  vault: Vault,
  settings: Settings,
  request: RecoveryRequest,
): Promise<Assessment> {
  const { manifest, passedOver, unfinished } = await chooseBaseline(vault, settings, request);
  const { sink, config } = await assessSink(connectClient(settings.connectUrl), settings.sinkConnector);
  const [log, database, target] = await Promise.all([
    assessLog(settings, manifest, config),
    assessDatabase(settings, manifest),
    assessTarget(settings, manifest),
  ]);
  return {
    assessedAt: new Date().toISOString(),
    backup: describeBackup(manifest, passedOver),
    database,
    log,
    sink,
    target,
    ...(unfinished === undefined ? {} : { unfinished }),
  };
}

/** A recovery that is continued keeps its backup, even if a newer one has appeared. */
async function chooseBaseline(vault: Vault, settings: Settings, request: RecoveryRequest) {
  const unfinished = request.fresh ? undefined : await findUnfinished(vault, settings, request.backupId);
  const chosen = await chooseBackup(vault, unfinished?.backupId ?? request.backupId);
  return { ...chosen, unfinished };
}

function describeBackup(manifest: Manifest, passedOver: readonly string[]): Assessment['backup'] {
  return {
    id: manifest.id,
    takenAt: manifest.cut.takenAt,
    exact: manifest.cut.exact,
    events: manifest.events.count,
    bytes: manifest.artifacts.reduce((sum, { bytes }) => sum + bytes, 0),
    dumpSeconds: manifest.durations.dumpSeconds,
    digestSeconds: manifest.durations.digestSeconds,
    obstacle: notByDump(manifest) ?? null,
    passedOver: [...passedOver],
  };
}
