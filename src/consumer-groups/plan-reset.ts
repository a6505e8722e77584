import { indexOffsets, type Offsets, partitionKey, type TopicPartition } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { GroupDescription, GroupPosition } from './positions.ts';

/** Where a group shall stand. */
export type ResetTarget =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** The first record that Kafka stamped with this time or a later one; `offsets`: where that is. */
  | { readonly kind: 'time'; readonly time: Date; readonly offsets: Offsets }
  /** These partitions, and no others. */
  | { readonly kind: 'offsets'; readonly offsets: Offsets };

/** One partition's move. */
export interface ResetMove extends TopicPartition {
  readonly from: number | undefined;
  readonly to: number;
  /** Offsets before `from` that are read once more. A sink that inserts writes their rows a second time. */
  readonly readAgain: number;
  /** Offsets from `from` on that are never read: their rows are missing. */
  readonly skipped: number;
}

/**
 * What a reset would do, partition by partition. Partitions that would stay where they are are not in it.
 * A partition without a commit: nothing is read again, and what lies before `to` is skipped.
 * @throws OperatorError for a group with members or one that does not exist, an offset that the log does not
 *   hold, a time in the future, a partition that the group does not read
 */
export function planReset(described: GroupDescription, target: ResetTarget, now: Date): ResetMove[] {
  requireNoMembers(described);
  if (target.kind === 'time' && target.time > now) {
    throw new OperatorError(`${target.time.toISOString()} is in the future`, {
      hint: 'name a time that has passed; `--to-latest` skips to the end of the log',
    });
  }
  if (target.kind === 'offsets') requireKnown(described, target.offsets);
  const destination = destinationOf(target);
  return described.positions.flatMap((position) => {
    const to = destination(position);
    if (to === undefined || to === position.committed) return [];
    requireInLog(position, to);
    return [move(position, to)];
  });
}

/** Where a partition is to stand; undefined for one that is not asked for. */
function destinationOf(target: ResetTarget): (position: GroupPosition) => number | undefined {
  if (target.kind === 'earliest') return ({ start }) => start;
  if (target.kind === 'latest') return ({ end }) => end;
  const wanted = indexOffsets(target.offsets);
  return (position) => wanted.get(partitionKey(position));
}

function move({ topic, partition, committed, start }: GroupPosition, to: number): ResetMove {
  // What retention took cannot be read again or be skipped: a committed offset before it counts as the start.
  const from = Math.max(committed ?? start, start);
  const readAgain = committed === undefined ? 0 : Math.max(0, from - to);
  return { topic, partition, from: committed, to, readAgain, skipped: Math.max(0, to - from) };
}

function requireNoMembers({ group, state, positions }: GroupDescription): void {
  if (state === 'Empty') return;
  if (state === 'Dead') {
    // A group that nobody has ever joined may be given its first offsets.
    if (positions.length > 0) return;
    throw new OperatorError(`Kafka knows no group ${group}`, {
      hint: '`msr kafka groups` lists those that it knows; `--topic` names what a new one is to read',
    });
  }
  throw new OperatorError(`group ${group} is ${state}: it has members, and they would overwrite a reset`, {
    hint: "stop what reads with it, and wait until the group is Empty; a connector's group by PUT /connectors/<name>/stop",
  });
}

function requireKnown({ group, positions }: GroupDescription, offsets: Offsets): void {
  const known = new Set(positions.map(partitionKey));
  const stranger = offsets.find((entry) => !known.has(partitionKey(entry)));
  if (stranger === undefined) return;
  throw new OperatorError(`group ${group} does not read ${partitionKey(stranger)}`, {
    hint: '`msr kafka describe` lists its partitions; `--topic` adds a topic that it has not committed in',
  });
}

function requireInLog(position: GroupPosition, to: number): void {
  const { start, end } = position;
  if (to >= start && to <= end) return;
  throw new OperatorError(
    `${partitionKey(position)} holds the offsets ${start} to ${end}, and ${to} is outside of them`,
    {
      hint:
        to < start
          ? 'retention has taken what lies before the start: `--to-earliest` begins there'
          : 'nothing has been written there yet: `--to-latest` goes to the end',
    },
  );
}
