import { OperatorError } from '../../core/operator-error.ts';
import { type BackupEntry, listBackups, showBackup } from '../../manifest/catalogue.ts';
import { configurationFault } from '../../validation/checks/configuration.ts';
import type { Vault } from '../../vault/vault.ts';
import { type ConfigurationRow, valuesOf } from './diff-configuration.ts';

/** The configuration that a backup holds. */
export interface SavedConfiguration {
  readonly backupId: string;
  readonly rows: readonly ConfigurationRow[];
  /** Why MSR could not run by it; undefined where it could. */
  readonly fault: string | undefined;
}

/** Manifests are read one after another: the newest suffices, unless it holds the corruption already. */
const MOST_READ = 30;

/**
 * The newest backup whose configuration MSR can run by, with the newer ones that hold the fault already; a
 * damaged dump is no matter, since the configuration stands in the manifest.
 * @param wanted this backup's, whatever is newer
 * @param listed what listBackups found, where that is known already
 * @throws OperatorError where it is faulty too, or none of the last 30 is right
 */
export async function chooseConfiguration(
  vault: Vault,
  wanted: string | undefined,
  listed?: readonly BackupEntry[],
): Promise<{ readonly chosen: SavedConfiguration; readonly passedOver: readonly SavedConfiguration[] }> {
  if (wanted !== undefined) {
    const chosen = await savedBy(vault, wanted);
    if (chosen.fault === undefined) return { chosen, passedOver: [] };
    throw new OperatorError(`the configuration in the backup ${wanted} is faulty, too: ${chosen.fault}`, {
      hint: 'without --backup the newest one that is right is taken',
    });
  }
  const entries = listed ?? (await listBackups(vault));
  const complete = entries.filter(({ state }) => state === 'complete').map(({ id }) => id);
  const newestFirst = complete.sort().reverse().slice(0, MOST_READ);
  const passedOver: SavedConfiguration[] = [];
  for (const id of newestFirst) {
    const saved = await savedBy(vault, id);
    if (saved.fault === undefined) return { chosen: saved, passedOver };
    passedOver.push(saved);
  }
  const reasons = passedOver.map(({ backupId, fault }) => `${backupId}: ${fault}`).join('; ');
  throw new OperatorError(
    `none of the newest ${newestFirst.length} backups in ${vault.url} has a configuration that MSR can run by${reasons && `: ${reasons}`}`,
    { hint: 'name an older one with --backup, or set the values in msr.configuration by hand' },
  );
}

async function savedBy(vault: Vault, backupId: string): Promise<SavedConfiguration> {
  const { configuration } = await showBackup(vault, backupId);
  return { backupId, rows: configuration, fault: configurationFault(valuesOf(configuration)) };
}
