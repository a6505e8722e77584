import { z } from 'zod';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';

/** Whether the sink stands still for a backup's cut. */
const BACKUP_PAUSE_VARIABLE = 'MSR_BACKUP_PAUSE';

/**
 * `true` unless the variable says otherwise: then the cut is inexact, and a recovery drops by content
 * what the dump holds already.
 * @throws OperatorError where it is no boolean
 */
export function readBackupPause(env: Environment): boolean {
  const parsed = z.stringbool().default(true).safeParse(env[BACKUP_PAUSE_VARIABLE]);
  if (parsed.success) return parsed.data;
  throw new OperatorError(`${BACKUP_PAUSE_VARIABLE} is not a boolean`, {
    hint: 'false lets the sink run while a backup is taken; leave it out for an exact cut',
  });
}
