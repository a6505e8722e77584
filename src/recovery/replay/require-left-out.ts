import { withSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import { hasUntil, type LeaveOut, skipText } from '../plan/leave-out.ts';
import { LEFT_OUT } from './leave-out-decoder.ts';

/**
 * What the plan leaves out is nothing, or all there is. Nothing was cut over; sink and old database are
 * as before.
 */
export class LeaveOutError extends OperatorError {
  override readonly name = 'LeaveOutError';
}

/** What a replay has come to. */
export interface LeftOutCounts {
  /** Records since the cut that were written. */
  readonly inserted: number;
  /** Whether any was left out. */
  readonly some: boolean;
}

/**
 * A skip that meets no record brings the damage back; one that meets them all takes everything since the
 * backup away. Both are slips of the pen, which only the replay can show.
 * @throws LeaveOutError
 */
export async function requireSomeLeftOut(targetUrl: string, leaveOut: LeaveOut): Promise<void> {
  const fault = judgeLeftOut(leaveOut, await readCounts(targetUrl));
  if (fault !== undefined) throw fault;
}

/** Pure. @returns undefined where the recovery may go on */
export function judgeLeftOut(
  leaveOut: LeaveOut,
  { inserted, some }: LeftOutCounts,
): LeaveOutError | undefined {
  // From a moment on nothing is written: that may be all there is, or nothing yet.
  if (leaveOut.after === 'stop' && hasUntil(leaveOut)) return undefined;
  const named = leaveOut.skips.map((skip) => `--skip ${skipText(skip)}`).join(' ');
  const hint =
    'nothing was cut over; look at tables, operations and times (`msr recover --dry-run` shows what the evidence says), and start a new recovery';
  if (!some) return new LeaveOutError(`no record since the backup meets ${named}`, { hint });
  if (inserted > 0) return undefined;
  return new LeaveOutError(`every record since the backup meets ${named}: nothing would be replayed`, {
    hint,
  });
}

async function readCounts(targetUrl: string): Promise<LeftOutCounts> {
  return await withSession(targetUrl, { purpose: 'count what is left out' }, async (session) => {
    const { rows } = await session.query<{ inserted: string; some: boolean }>(
      `SELECT (SELECT coalesce(sum(inserted), 0) FROM ${RECOVERY_SCHEMA}.progress) AS inserted,
              EXISTS (SELECT FROM ${RECOVERY_SCHEMA}.quarantine WHERE starts_with(reason, $1)) AS some`,
      [LEFT_OUT],
    );
    return { inserted: Number(rows[0]?.inserted), some: rows[0]?.some === true };
  });
}
