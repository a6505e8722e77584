import { OperatorError } from '../../core/operator-error.ts';
import type { BackupEntry } from '../../manifest/catalogue.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { chooseConfiguration } from '../configuration/choose-configuration.ts';
import { diffConfiguration } from '../configuration/diff-configuration.ts';
import { readLiveConfiguration } from '../configuration/restore-configuration.ts';
import type { Assessment } from './assessment.ts';
import type { RecoveryRequest } from './request.ts';

interface ConfigurationPlaces {
  readonly vault: Vault;
  readonly settings: Settings;
  /** The vault's backups. */
  readonly entries: readonly BackupEntry[];
}

/**
 * What a restore of the configuration alone would set, where it is wrong, or somebody asks for that.
 * @returns undefined where nobody needs it, or no backup has a right one: standard goes by what there is
 */
export async function assessConfiguration(
  { vault, settings, entries }: ConfigurationPlaces,
  { procedure, backupId }: RecoveryRequest,
  { readable, configuration, damaged }: Assessment['database'],
): Promise<Assessment['configurationRestore']> {
  const isWrong = configuration.liveFault !== null || damaged.configuration;
  if (!readable || (!isWrong && procedure !== 'configuration')) return undefined;
  try {
    const { chosen, passedOver } = await chooseConfiguration(vault, backupId, entries);
    const live = await readLiveConfiguration(settings);
    const facts = passedOver.map(
      ({ backupId: id, fault }) => `the backup ${id} holds the fault already: ${fault}`,
    );
    return { backupId: chosen.backupId, changes: diffConfiguration(live, chosen.rows), facts };
  } catch (error) {
    // That no backup has one is no reason to leave the rest of the plan out.
    if (error instanceof OperatorError && procedure !== 'configuration') return undefined;
    throw error;
  }
}
