import { OperatorError } from '../../core/operator-error.ts';
import { poll } from '../../core/poll.ts';
import type { SnapshotState } from './snapshot-state.ts';

/** The cluster did not make the snapshot; the backup does not exist, and the sink runs again. */
export class VolumeSnapshotError extends OperatorError {
  override readonly name = 'VolumeSnapshotError';
}

export interface AwaitSnapshot<T> {
  /** For messages: `VolumeSnapshot msr/msr-2026…`. */
  readonly what: string;
  readonly look: () => Promise<{ readonly object: T; readonly seen: SnapshotState }>;
  readonly until: 'cut' | 'ready';
  /** Milliseconds. */
  readonly deadlineMs: number;
  /** Between two looks, milliseconds. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly hint: string;
}

/** How long the same complaint may stand; the snapshotter's own retries come after seconds, later minutes. */
const PATIENCE_MS = 600_000;

/**
 * Waits until the snapshot is that far.
 * @throws VolumeSnapshotError with what the cluster says of it
 */
export async function awaitSnapshot<T>(request: AwaitSnapshot<T>): Promise<T> {
  const { what, until, deadlineMs, everyMs, signal, hint } = request;
  let complaint: string | undefined;
  let since = performance.now();
  const look = async () => {
    const { object, seen } = await request.look();
    if (seen.complaint !== complaint) since = performance.now();
    complaint = seen.complaint;
    if (seen.state === 'failed') throw new VolumeSnapshotError(`${what} failed: ${complaint}`, { hint });
    if (complaint !== undefined && performance.now() - since > PATIENCE_MS) {
      throw new VolumeSnapshotError(`${what} does not get on: ${complaint}`, { hint });
    }
    return reached(seen.state, until) ? object : undefined;
  };
  const object = await poll(look, { deadlineMs, intervalMs: everyMs, signal });
  if (object !== undefined) return object;
  const said = complaint === undefined ? 'the cluster says nothing of it' : `the cluster says: ${complaint}`;
  throw new VolumeSnapshotError(
    `${what} was not ${until} within ${Math.round(deadlineMs / 1000)} s; ${said}`,
    { hint },
  );
}

function reached(state: SnapshotState['state'], until: 'cut' | 'ready'): boolean {
  return state === 'ready' || state === until;
}
