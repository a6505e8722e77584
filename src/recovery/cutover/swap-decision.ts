import { CannotUndoError } from './cut-over-errors.ts';

/** Which of a recovery's two databases comes to the live name, and the names they have meanwhile. */
export interface SwapDirection {
  readonly returning: 'old database' | 'recovered database';
  readonly comesFrom: string;
  readonly keepAs: string;
}

export interface SwapFacts {
  readonly recoveryId: string;
  /** Whether a database stands under the name that the returning one was put aside as. */
  readonly waiting: boolean;
  /** undefined: there is no live database, or it cannot be read. */
  readonly live:
    | {
        /** The recovery that built it; undefined: none did. */
        readonly recoveredBy: string | undefined;
        /** It holds a marker of this recovery: it is one of the two. */
        readonly marked: boolean;
      }
    | undefined;
}

/**
 * Whether the live name is still to move.
 * @throws CannotUndoError where the returning database is gone, or the live one is neither of the two
 */
export function decideSwap(
  direction: SwapDirection,
  { recoveryId, waiting, live }: SwapFacts,
): 'swap' | 'done' {
  const recoveredIsLive = live?.recoveredBy === recoveryId;
  const oldIsLive = !recoveredIsLive && live?.marked === true;
  const toOld = direction.returning === 'old database';
  if (!waiting) {
    if (toOld ? oldIsLive : recoveredIsLive) return 'done';
    throw new CannotUndoError(
      `the ${direction.returning} of the recovery ${recoveryId} is gone: there is no ${direction.comesFrom}`,
      {
        hint: 'it was lost before the recovery, or `msr cleanup` dropped it; a new recovery from a backup is the way back',
      },
    );
  }
  if (live === undefined || (toOld ? recoveredIsLive : oldIsLive)) return 'swap';
  const by = live.recoveredBy === undefined ? 'no recovery' : `the recovery ${live.recoveredBy}`;
  throw new CannotUndoError(`the live database is of ${by}, not of the recovery ${recoveryId}`, {
    hint: 'undo later recoveries first, the latest one before the others',
  });
}
