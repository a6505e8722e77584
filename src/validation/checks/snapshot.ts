import { isoMomentSql } from '../../clients/moment-sql.ts';
import { type CheckContext, type Finding, failed, oneRow, passed } from '../check.ts';

export interface PointerFacts {
  readonly current: string;
  /** ISO 8601, or infinity; null: maintenance has not run yet. */
  readonly cutoff: string | null;
}

/** @param entities what the live snapshot holds, in words */
export function judgePointer(pointer: PointerFacts | undefined, entities: string): Finding {
  if (pointer === undefined) {
    return failed(
      'snapshot_pointer has no row',
      'run SELECT msr.refresh_earliest_snapshot(), or `msr recover`',
    );
  }
  if (pointer.current !== 'A' && pointer.current !== 'B') {
    return failed(
      `current_snapshot is ${pointer.current}`,
      "set it to 'A' or 'B', or recover with `msr recover`",
    );
  }
  const when = pointer.cutoff === null ? 'maintenance has not run yet' : `of ${pointer.cutoff}`;
  return passed(`snapshot ${pointer.current} is live, ${when}, ${entities}`);
}

/** The pointer names one of the two snapshots, and that one can be read. */
export async function checkSnapshot({ session, depth }: CheckContext): Promise<Finding> {
  const { rows } = await session.query<PointerFacts>(
    `SELECT current_snapshot AS current, ${isoMomentSql('cutoff_time')} AS cutoff FROM msr.snapshot_pointer WHERE id = 1`,
  );
  return judgePointer(rows[0], await entities(session, depth));
}

async function entities(session: CheckContext['session'], depth: CheckContext['depth']): Promise<string> {
  if (depth === 'structure') {
    const { some } = await oneRow<{ some: boolean }>(
      session,
      'SELECT EXISTS (SELECT FROM msr.current_earliest_snapshot) AS some',
    );
    return some ? 'not empty' : 'empty';
  }
  const { n } = await oneRow<{ n: string }>(
    session,
    'SELECT count(*) AS n FROM msr.current_earliest_snapshot',
  );
  return `${n} entities`;
}
