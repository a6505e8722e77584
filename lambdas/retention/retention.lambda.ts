import { z } from 'zod';
import { volumeRemover } from '../../src/baselines/configured-volumes.ts';
import { type Progress, silentProgress } from '../../src/core/progress.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { prune } from '../../src/retention/prune.ts';
import { readRetentionSettings } from '../../src/retention/retention-settings.ts';
import { LockHeldError } from '../../src/vault/lock.ts';

/** The log of the Lambda is where a note is read; it holds ids only. */
const logged: Progress = { ...silentProgress, note: (message) => console.log(message) };

/**
 * Duty: deletes the volumes of the backups that no tier, no recovery and no replay needs, and tags the backups, so that
 * the bucket's lifecycle deletes them. What cannot be deleted yet (a locked snapshot) is told and tried the next day.
 * Trigger: a schedule, once a day. Delivered twice it tags the same again; where a backup or a recovery holds the
 * lock it does nothing, since the next day's run comes to the same.
 */
export const handler = lambdaEdge(z.unknown(), async (_, { vault, settings, env }) => {
  const retention = readRetentionSettings(env);
  const common = { vault, retention, access: settings, progress: logged, now: new Date() };
  const ctx = { ...common, removeVolumes: volumeRemover(settings.strategy) };
  try {
    const { decisions, done, stayed } = await prune(ctx);
    const expired = decisions.filter(({ verdict }) => verdict === 'expire').map(({ id }) => id);
    return { done, kept: decisions.length - expired.length, expired, stayed };
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    return { done: 'nothing', why: error.message };
  }
});
