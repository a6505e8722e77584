import { DatabaseConnectionError } from '../clients/postgres.ts';
import { type RecoveryPosition, recoveryPosition } from '../live/position.ts';
import type { DatabaseServers } from '../settings/settings.ts';
import type { Vault } from '../vault/vault.ts';
import { readRecoveryDocument } from './documents.ts';
import { stepSchema } from './step-record.ts';

/**
 * Like recoveryPosition, for a recovery that may still have to bring its server up: until its restore is
 * recorded, a server that does not answer holds nothing of it.
 * @throws DatabaseConnectionError
 */
export async function positionIfUp(
  vault: Vault,
  settings: DatabaseServers,
  recoveryId: string,
): Promise<RecoveryPosition> {
  try {
    return await recoveryPosition(settings, recoveryId);
  } catch (error) {
    const down = error instanceof DatabaseConnectionError && error.reason === 'unreachable';
    if (!down || (await readRecoveryDocument(vault, recoveryId, 'restore', stepSchema)) !== undefined) {
      throw error;
    }
    return { kind: 'none' };
  }
}
