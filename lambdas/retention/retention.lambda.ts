import { z } from 'zod';
import { volumeRemover } from '../../src/baselines/configured-volumes.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { pruneUnlessBusy } from '../../src/retention/prune-unless-busy.ts';
import { readRetentionSettings } from '../../src/retention/retention-settings.ts';

/**
 * Duty: deletes the volumes of the backups that no tier, no recovery and no replay needs. It tags the
 * backups, so that the bucket's lifecycle deletes them. What cannot be deleted yet (a locked snapshot) is
 * told and tried the next day. Trigger: a schedule, once a day. Delivered twice it tags the same again; where
 * a backup or a recovery holds the lock it does nothing, since the next day's run comes to the same.
 */
export const handler = lambdaEdge(z.unknown(), async (_, { vault, settings, progress, env }) => {
  const retention = readRetentionSettings(env);
  const removeVolumes = volumeRemover(settings.strategy);
  return await pruneUnlessBusy({
    vault,
    retention,
    access: settings,
    removeVolumes,
    progress,
    now: new Date(),
  });
});
