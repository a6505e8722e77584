import type { Session } from '../../clients/postgres.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { TimescaleCloudVolumes } from '../../manifest/volumes-schema.ts';

/**
 * A moment inside the pause, by the server's own clock: a recovery to it replays the WAL up to the last
 * commit whose timestamp is not past it (recovery_target_time). The fence keeps everybody from committing
 * into cdc_event, so any moment after the fence began and before it ends is the cut. It falls on a whole
 * second, because nobody says whether the service keeps fractions; the fence goes on until the clock has left
 * that second behind, a second at most.
 * @param fence its transaction holds the lock that no insert passes
 */
export async function chooseForkTime(fence: Session): Promise<Date> {
  const { rows } = await fence.query<{ at: Date }>(
    "SELECT date_trunc('second', clock_timestamp()) + interval '1 second' AS at",
  );
  const at = rows[0]?.at;
  if (at === undefined) throw new Error('clock_timestamp() returned no row');
  await fence.query(
    `SELECT pg_sleep(greatest(0, extract(epoch FROM $1::timestamptz - clock_timestamp())) + $2)`,
    [at, MARGIN_SECONDS],
  );
  return at;
}

/** The next commit must carry a later timestamp, on a clock that NTP may slew. */
const MARGIN_SECONDS = 0.1;

/**
 * A commit after the moment: PostgreSQL refuses a recovery to a time past which the WAL knows no commit
 * ('recovery ended before configured recovery target was reached').
 */
export async function commitSomething(session: Session): Promise<void> {
  await session.query('SELECT pg_current_xact_id()');
}

/** Until when the service holds a moment. */
export function forkableUntil(forkTime: Date, pitrDays: number): Date {
  return new Date(forkTime.getTime() + pitrDays * 86_400_000);
}

/**
 * Refuses a fork that could not be the cut's baseline: replay begins at the cut's offsets, so what the fork
 * holds must end exactly there.
 * @throws OperatorError
 */
export function refuseUnforkable(
  { takenAt }: Pick<Manifest['cut'], 'takenAt'>,
  volumes: TimescaleCloudVolumes,
  now: Date,
): void {
  const { forkTime, forkableUntil: until, serviceId } = volumes;
  if (new Date(forkTime) < new Date(takenAt)) {
    throw new OperatorError(`the fork's time ${forkTime} is before the cut at ${takenAt}`, {
      hint: 'the manifest is not one of msr: choose another backup',
    });
  }
  if (now < new Date(until)) return;
  throw new OperatorError(
    `the service ${serviceId} held ${forkTime} until ${until}, by what its plan promises`,
    {
      hint: 'restore from the dump of this backup if it has one, or from a newer backup',
    },
  );
}
