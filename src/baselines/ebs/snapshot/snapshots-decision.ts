import { judgeSnapshots, type SnapshotFacts } from './select-volumes.ts';

/** A copy as EC2 describes it. */
export interface CopyFacts extends SnapshotFacts {
  /** Id of the snapshot that it is of, by its tag. */
  readonly copyOf: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export interface SnapshotsInput {
  readonly wanted: readonly string[];
  readonly snapshots: readonly SnapshotFacts[];
  /** undefined: no copies are wanted. */
  readonly copies: readonly CopyFacts[] | undefined;
  /** Since the cut. */
  readonly ageMs: number;
  /** How old the cut may become before all of them are complete. */
  readonly readyMs: number;
}

export type SnapshotsDecision =
  /** startCopies: ids of the snapshots that have none yet. */
  | { readonly kind: 'pending'; readonly percent: number; readonly startCopies: readonly string[] }
  /** In the order of the snapshots. */
  | { readonly kind: 'completed'; readonly copies: readonly string[] | undefined }
  | { readonly kind: 'failed'; readonly fact: string }
  | { readonly kind: 'overdue'; readonly ids: readonly string[] };

/** EC2's descriptions are eventually consistent: one that is not seen yet need not be gone. */
const SEEN_AFTER_MS = 5 * 60_000;

/** What is to be done about snapshots that were taken a while ago, and about their copies. */
export function decideOnSnapshots(input: SnapshotsInput): SnapshotsDecision {
  const { wanted, copies } = input;
  const found = judgeSnapshots(wanted, seen(input));
  if (found.kind === 'failed') return found;
  if (found.kind === 'pending') {
    return onTime(input, wanted, copies === undefined ? found.percent : Math.floor(found.percent / 2));
  }
  if (copies === undefined) return { kind: 'completed', copies: undefined };
  const chosen = wanted.map((id) => oldest(copies, id));
  const startCopies = wanted.filter((_, index) => chosen[index] === undefined);
  if (startCopies.length > 0) return onTime(input, startCopies, 50, startCopies);
  const facts = chosen.filter((copy) => copy !== undefined);
  const ids = facts.map(({ snapshotId }) => snapshotId);
  const copied = judgeSnapshots(ids, facts);
  if (copied.kind === 'failed') return copied;
  if (copied.kind === 'pending') return onTime(input, ids, 50 + Math.floor(copied.percent / 2));
  return { kind: 'completed', copies: ids };
}

/** The first of two copies of one snapshot, whoever started the second. */
function oldest(copies: readonly CopyFacts[], id: string): CopyFacts | undefined {
  const key = ({ startedAt, snapshotId }: CopyFacts) => `${startedAt} ${snapshotId}`;
  return copies.filter(({ copyOf }) => copyOf === id).sort((a, b) => (key(a) < key(b) ? -1 : 1))[0];
}

function seen({ wanted, snapshots, ageMs }: SnapshotsInput): readonly SnapshotFacts[] {
  if (ageMs > SEEN_AFTER_MS) return snapshots;
  const unseen = wanted.filter((id) => !snapshots.some(({ snapshotId }) => snapshotId === id));
  const pending = { state: 'pending', progress: undefined, stateMessage: undefined };
  return [...snapshots, ...unseen.map((snapshotId) => ({ ...pending, snapshotId }))];
}

function onTime(
  { ageMs, readyMs }: SnapshotsInput,
  ids: readonly string[],
  percent: number,
  startCopies: readonly string[] = [],
): SnapshotsDecision {
  return ageMs > readyMs ? { kind: 'overdue', ids } : { kind: 'pending', percent, startCopies };
}
