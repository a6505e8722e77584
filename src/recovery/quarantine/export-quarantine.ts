import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Session } from '../../clients/postgres.ts';
import { count } from '../../core/activity.ts';
import { failpoint } from '../../core/failpoint.ts';
import { partitionKey, type TopicPartition } from '../../core/offsets.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import {
  EMPTY_INDEX,
  type QuarantineIndex,
  readQuarantineIndex,
  type Stretch,
  withFile,
  writeQuarantineIndex,
} from './quarantine-index.ts';
import { quarantinedRows, readQuarantinedCounts } from './quarantined-rows.ts';
import { type SetAsideRecord, setAsideLine } from './set-aside-record.ts';

/** Bounds of a file: it is full once it has reached one of them. */
export interface FileLimits {
  readonly records: number;
  /** The sum of the records' values, before they are packed. */
  readonly bytes: number;
}

const DEFAULT_FILE: FileLimits = { records: 200_000, bytes: 256 << 20 };

type ExportContext = Pick<RecoveryContext, 'vault' | 'recoveryId' | 'progress' | 'signal'>;

/**
 * Brings what the replay has set aside, and no earlier call has brought, into files of the vault, where it
 * outlives every database. Run again after a crash it goes on behind the last file that the index names.
 * @param session to the recovered database, while nobody replays into it
 */
export async function exportQuarantine(
  ctx: ExportContext,
  session: Session,
  limits: FileLimits = DEFAULT_FILE,
): Promise<QuarantineIndex> {
  const counts = await readQuarantinedCounts(session);
  const known = await readQuarantineIndex(ctx.vault, ctx.recoveryId);
  const index = await exportNew(ctx, session, { index: known, partitions: counts, limits });
  if (holdsAll(index, counts)) return index;
  // The database was restored anew since: its records are others than those of the files.
  const anew = await exportNew(ctx, session, { index: EMPTY_INDEX, partitions: counts, limits });
  if (holdsAll(anew, counts)) return anew;
  throw new Error(`${anew.records} records were exported; the ledger counts others as set aside`);
}

/** Whether the files hold as many of each partition as were set aside. Pure. */
export function holdsAll(
  { files }: QuarantineIndex,
  counts: ReadonlyArray<TopicPartition & { readonly records: number }>,
): boolean {
  const held = new Map<string, number>();
  for (const each of files.flatMap(({ stretches }) => stretches)) {
    held.set(partitionKey(each), (held.get(partitionKey(each)) ?? 0) + each.records);
  }
  return counts.length === held.size && counts.every((each) => held.get(partitionKey(each)) === each.records);
}

interface ExportState {
  readonly index: QuarantineIndex;
  readonly partitions: readonly TopicPartition[];
  readonly limits: FileLimits;
}

async function exportNew(
  ctx: ExportContext,
  session: Session,
  { index: known, partitions, limits }: ExportState,
): Promise<QuarantineIndex> {
  let index = known;
  const rows = quarantinedRows(session, partitions, lastOffsets(known));
  for (let next = await rows.next(); next.done !== true; next = await rows.next()) {
    ctx.signal.throwIfAborted();
    index = withFile(index, await writeFile(ctx, next.value, rows, limits));
    failpoint('quarantine-write.before');
    await writeQuarantineIndex(ctx.vault, ctx.recoveryId, index);
    failpoint('quarantine-write.after');
    ctx.progress.note(`${count(index.records)} records that were set aside lie in the vault`);
  }
  return index;
}

function lastOffsets({ files }: QuarantineIndex): Map<string, number> {
  return new Map(files.flatMap(({ stretches }) => stretches).map((each) => [partitionKey(each), each.last]));
}

/** Takes rows, from the first one on, until the file is full. */
async function writeFile(
  { vault, recoveryId }: ExportContext,
  first: SetAsideRecord,
  more: AsyncGenerator<SetAsideRecord>,
  limits: FileLimits,
): Promise<QuarantineIndex['files'][number]> {
  const stretches: Stretch[] = [];
  async function* lines(): AsyncGenerator<string> {
    let [records, bytes] = [0, 0];
    for (let row: SetAsideRecord | undefined = first; row !== undefined; ) {
      extend(stretches, row);
      yield setAsideLine(row);
      records++;
      bytes += row.value?.length ?? 0;
      if (records >= limits.records || bytes >= limits.bytes) return;
      const next: IteratorResult<SetAsideRecord, void> = await more.next();
      row = next.done === true ? undefined : next.value;
    }
  }
  // A name of its own: an artifact of a run that died may hold the same records.
  const path = VaultPath.quarantineFile(recoveryId, `${randomBytes(6).toString('hex')}.ndjson.gz`);
  const packed = createGzip();
  const [{ bytes, sha256 }] = await Promise.all([
    vault.writeArtifact(path, packed),
    pipeline(Readable.from(lines()), packed),
  ]);
  return { path, bytes, sha256, stretches };
}

/** Rows come partition by partition. */
function extend(stretches: Stretch[], { topic, partition, offset }: SetAsideRecord): void {
  const current = stretches.at(-1);
  if (current?.topic === topic && current.partition === partition) {
    current.last = offset;
    current.records++;
  } else stretches.push({ topic, partition, first: offset, last: offset, records: 1 });
}
