import type { KafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import { type PartitionOffset, parseOffset } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Vault } from '../vault/vault.ts';
import { readKeptOffsets } from './kept-offsets.ts';
import type { ResetTarget } from './plan-reset.ts';

/** Where somebody wants a group to stand: exactly one of these. */
export interface ResetWish {
  readonly toEarliest?: true | undefined;
  readonly toLatest?: true | undefined;
  /** ISO 8601 with its zone. */
  readonly toTime?: string | undefined;
  /** `topic-partition=offset`, as Kafka names a partition. */
  readonly toOffset?: readonly string[] | undefined;
  /** The id under which an earlier reset kept the offsets from before it. */
  readonly toKept?: string | undefined;
}

/**
 * Looks up what a wish means.
 * @param topics those whose offsets a time is looked up in
 * @throws OperatorError for no wish or several, a time without a zone, an offset that is none
 */
export async function resetTarget(
  admin: KafkaAdmin,
  vault: Vault,
  { group, topics, wish }: { group: string; topics: readonly string[]; wish: ResetWish },
): Promise<ResetTarget> {
  requireOne(wish);
  if (wish.toEarliest === true) return { kind: 'earliest' };
  if (wish.toLatest === true) return { kind: 'latest' };
  if (wish.toOffset !== undefined) return { kind: 'offsets', offsets: wish.toOffset.map(parsePosition) };
  if (wish.toKept !== undefined) {
    return { kind: 'offsets', offsets: (await readKeptOffsets(vault, group, wish.toKept)).offsets };
  }
  const time = parseTime(wish.toTime ?? '');
  return { kind: 'time', time, offsets: await admin.offsetsAt(topics, time) };
}

function requireOne(wish: ResetWish): void {
  const given = Object.values(wish).filter((value) => value !== undefined).length;
  if (given === 1) return;
  throw new OperatorError(
    given === 0 ? 'nothing says where the group shall stand' : `${given} targets at once`,
    {
      hint: 'give one of --to-earliest, --to-latest, --to-time, --to-offset and --to-kept',
    },
  );
}

/** @throws OperatorError for what is none, or has no zone and so would be another time on another host */
export function parseTime(text: string): Date {
  const time = new Date(text);
  if (/T.*(Z|[+-]\d\d:?\d\d)$/i.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new OperatorError(`${text} is no time with its zone`, {
    hint: 'write it like 2026-11-27T03:00:00Z or 2026-11-27T04:00:00+01:00',
  });
}

/** `msr.gis.track-3=1200`. @throws OperatorError */
export function parsePosition(text: string): PartitionOffset {
  const [, topic, partition = '', offset = ''] = /^(.+)-(\d+)=(\d+)$/.exec(text) ?? [];
  if (topic !== undefined) return { topic, partition: parseOffset(partition), offset: parseOffset(offset) };
  throw new OperatorError(`${text} names no offset of a partition`, {
    hint: 'write topic-partition=offset: msr.gis.track-0=1200',
  });
}
