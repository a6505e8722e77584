import type { Session } from '../../clients/postgres.ts';
import { type Offsets, type PartitionOffset, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Overlap } from '../../manifest/manifest.ts';
import { type RecordDecoder, recordDecoder } from '../../sink/decode-record.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import { type CandidateSource, eventsOf, readCandidates } from './candidates.ts';
import { countHeldRows } from './held-rows.ts';
import { readSetAside } from './set-aside-records.ts';

export interface OverlapDeps extends CandidateSource {
  /** Sees what the snapshot holds. */
  readonly session: Session;
}

/** Between these offsets nobody knows by the offsets alone what the snapshot holds. */
export interface OverlapBounds {
  /** All records before it are held. */
  readonly from: Offsets;
  /** No record from it on is held. */
  readonly until: Offsets;
}

/**
 * A minute of a sink at full speed is what it writes between two commits; each content of the overlap is
 * kept in memory while it is looked at.
 */
const MOST_HELD = 1_000_000;
/**
 * How far back twins of what is held are looked for, in offsets of each partition. A source that
 * restarts sends up to a minute of events again. Nobody waits for it.
 */
const LOOK_BACK = 100_000;

/**
 * Looks at all records between the bounds: the overlap ends behind the last one whose content the
 * snapshot holds. A record before it may have the same content: its row is no evidence of the later one,
 * and a replay must know how many such rows there are.
 * @throws OperatorError where more is held than a sink writes between two commits
 */
export async function examineOverlap(deps: OverlapDeps, bounds: OverlapBounds): Promise<Overlap> {
  const { sink } = deps;
  const source = { ...deps, sink: asReplayed(sink) };
  const decode = recordDecoder(sink);
  const held = new Set<bigint>();
  const until: PartitionOffset[] = [];
  for (const at of bounds.from) until.push(await heldUntil(source, decode, { at, bounds, held }));
  return { until, twins: held.size === 0 ? [] : await twinsOf(source, decode, bounds.from, held) };
}

/**
 * Where nobody knows the sink's level a replay refuses the first aborted record that it meets. One
 * before the cut must not pass for the twin of its own repetition.
 */
function asReplayed(sink: SinkConfig): SinkConfig {
  return sink.isolationKnown ? sink : { ...sink, isolation: 'read_committed' };
}

interface Walk {
  readonly at: PartitionOffset;
  readonly bounds: OverlapBounds;
  /** Contents that the snapshot holds; those of this partition are added. */
  readonly held: Set<bigint>;
}

async function heldUntil(
  deps: OverlapDeps,
  decode: RecordDecoder,
  { at, bounds, held }: Walk,
): Promise<PartitionOffset> {
  const key = partitionKey(at);
  const end = bounds.until.find((each) => partitionKey(each) === key)?.offset ?? at.offset;
  let until = at.offset;
  if (end <= at.offset) return { ...at, offset: until };
  for await (const candidates of readCandidates(deps, decode, [at], [{ ...at, offset: end }])) {
    const rows = await countHeldRows(deps.session, eventsOf(candidates));
    for (const { hash, offset } of candidates) {
      if (hash === undefined || !rows.has(hash)) continue;
      held.add(hash);
      until = offset + 1;
    }
    if (held.size > MOST_HELD) throw tooMuch();
  }
  return { ...at, offset: until };
}

function tooMuch(): OperatorError {
  return new OperatorError(
    `the database holds more than ${MOST_HELD} records beyond the sink's offsets: a sink commits each minute`,
    {
      hint: 'the offsets do not belong to this database; find out who has reset them, or take the backup with a pause',
    },
  );
}

/** How many records before the bounds have a content that is held behind them. */
async function twinsOf(
  deps: OverlapDeps,
  decode: RecordDecoder,
  from: Offsets,
  held: ReadonlySet<bigint>,
): Promise<Overlap['twins']> {
  const counts = new Map<bigint, number>();
  for (const at of from) {
    const start = startOfLookBack(deps, at);
    const isSetAside = await readSetAside(deps.session, [start], [at]);
    for await (const candidates of readCandidates(deps, decode, [start], [at])) {
      for (const { hash, record } of candidates) {
        if (hash === undefined || !held.has(hash) || isSetAside(record)) continue;
        counts.set(hash, (counts.get(hash) ?? 0) + 1);
      }
    }
  }
  return [...counts].map(([hash, count]) => ({ hash: hash.toString(), count }));
}

function startOfLookBack({ logStart }: CandidateSource, at: PartitionOffset): PartitionOffset {
  const start = logStart.find((each) => partitionKey(each) === partitionKey(at))?.offset ?? 0;
  return { ...at, offset: Math.min(at.offset, Math.max(start, at.offset - LOOK_BACK)) };
}
