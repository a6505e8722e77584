import { z } from 'zod';
import { lockVolumes } from '../../src/baselines/configured-volumes.ts';
import { openStrategy } from '../../src/baselines/strategies.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { showBackup } from '../../src/manifest/catalogue.ts';

const event = z.object({ backupId: z.string() });

/**
 * Duty: keeps the volumes of a stored and verified backup from being deleted, where the strategy's options
 * say so. Trigger: the backup's last step; where it fails the execution does, so that somebody hears it, but
 * the backup is there. Run again it leaves what is protected as it is.
 */
export const handler = lambdaEdge(event, async ({ backupId }, { settings, vault }) => {
  const { volumes } = await showBackup(vault, backupId);
  await lockVolumes(await openStrategy(settings.strategy), volumes);
  return { backupId };
});
