import { writeManifest } from '../../backup/contents/write-manifest.ts';
import { awaitBaseline } from '../../backup/pending/await-baseline.ts';
import { takeBackupUnder } from '../../backup/take-backup.ts';
import { openStrategy } from '../../baselines/strategies.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { recoverStaleFreeze } from '../../freeze/stale-freeze.ts';
import { findBackup } from '../../manifest/catalogue.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import type { RecoveryContext } from '../context.ts';
import type { Plan } from '../plan/plan.ts';
import type { StepResult } from '../step-record.ts';

/**
 * A backup of another zone's database, under the id that the plan has given it: its offsets are those of
 * the zone's own sink in the same topics, so that the replay goes on from there. That sink stands still
 * for about a second.
 * @throws OperatorError where MSR_ZONES no longer names the zone, and as takeBackupUnder
 */
export async function dumpZone(
  ctx: RecoveryContext,
  { zone, backupId }: Plan & { readonly backupId: string },
): Promise<StepResult> {
  const settings = settingsOfZone(ctx.settings, zone ?? '');
  const connect = sinkConnect({ ...ctx, settings });
  // An earlier run may have died while the zone's sink stood still.
  await recoverStaleFreeze({ ...ctx, settings, connect }, settings.sinkConnector);
  const found = await findBackup(ctx.vault, backupId);
  if (found !== undefined) return { ...described(found, zone), skipped: true };
  const strategy = await openStrategy(settings.strategy);
  const backup = { ...ctx, settings, ignoreMaintenance: true, noPause: false };
  const manifest = await takeBackupUnder(backup, {
    id: backupId,
    strategy,
    lock: { assertHeld: ctx.assertLockHeld },
    keepDraft: async (draft) => {
      const whole = ofZone(await awaitBaseline(backup, strategy, draft), zone);
      await ctx.assertLockHeld();
      await writeManifest(ctx.vault, whole);
      return whole;
    },
  });
  return described(manifest, zone);
}

/** As if the zone were the instance: nothing of a recovery may lead to the database that is replaced. */
function settingsOfZone(settings: Settings, name: string): Settings {
  const zone = settings.zones.get(name);
  if (zone?.sinkConnector === undefined) {
    throw new OperatorError(`MSR_ZONES names no zone ${JSON.stringify(name)} with its sink`, {
      hint: 'it did when the plan was made: put it back, or plan again',
    });
  }
  return {
    ...settings,
    databaseUrl: zone.url,
    targetDatabaseUrl: zone.url,
    sinkConnector: zone.sinkConnector,
    strategy: { name: 'dump', options: {} },
  };
}

/** Whoever meets it in a list must see whose it is. */
function ofZone(manifest: Manifest, zone: string | undefined): Manifest {
  const remarks = [...manifest.cut.remarks, `taken of the database of the zone ${zone}`];
  return { ...manifest, cut: { ...manifest.cut, remarks } };
}

function described({ id, cut }: Manifest, zone: string | undefined): StepResult {
  return { backupId: id, zone, takenAt: cut.takenAt, sinkPauseSeconds: cut.sinkPauseSeconds };
}
