import type { Session } from '../../clients/postgres.ts';
import { timescaleSchema } from '../../clients/timescale-schema.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';
import { isContinuousAggregate, readWindowFacts } from './facts.ts';
import { type AggregateReport, NOT_IN_THIS_EDITION } from './report.ts';
import { refreshWindow } from './window.ts';

/**
 * Refreshes the days of the aggregate whose events are all there. Replayed events have logged what they
 * invalidated, so a second refresh computes only that.
 * @param session outside any transaction: the refresh commits by itself
 * @throws OperatorError where the database is still in restoring mode
 */
export async function refreshAggregate(
  session: Session,
  progress: Progress,
): Promise<AggregateReport | typeof NOT_IN_THIS_EDITION> {
  if (!(await isContinuousAggregate(session))) return NOT_IN_THIS_EDITION;
  await refuseWhileRestoring(session);
  const window = refreshWindow(await readWindowFacts(session));
  if (window === undefined) return { seconds: 0 };
  const [start, end] = [window.start.toISOString(), window.end.toISOString()];
  progress.note(`refresh the aggregate from ${start} to ${end}`);
  const began = performance.now();
  await session.query(
    `CALL ${await timescaleSchema(session)}.refresh_continuous_aggregate(
       'msr.entity_last_states', $1::timestamptz, $2::timestamptz)`,
    [start, end],
  );
  return { start, end, seconds: (performance.now() - began) / 1000 };
}

/** In restoring mode a refresh reads compressed chunks as empty and erases their days without an error. */
async function refuseWhileRestoring(session: Session): Promise<void> {
  const { rows } = await session.query<{ restoring: string; database: string }>(
    `SELECT current_setting('timescaledb.restoring') AS restoring, current_database() AS database`,
  );
  if (rows[0]?.restoring === 'off') return;
  throw new OperatorError(`database ${rows[0]?.database} is still in TimescaleDB's restoring mode`, {
    hint: 'nothing was refreshed; run the recovery again: it restores this database anew',
  });
}
