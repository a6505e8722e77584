import { createHash } from 'node:crypto';
import { connectClient } from '../../clients/connect.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { useDatabasePath } from '../../clients/timescale-schema.ts';
import { count } from '../../core/activity.ts';
import { parseOffset, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';
import { liveDatabaseUrl } from '../../live/live-database.ts';
import { readRecoveryState } from '../../live/phase.ts';
import { createRecoverySchema, RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import type { Settings } from '../../settings/settings.ts';
import { recordDecoder } from '../../sink/decode-record.ts';
import { parseSinkConfig } from '../../sink/sink-config.ts';
import type { Vault } from '../../vault/vault.ts';
import { type Classified, type ClassifyBy, classify } from './classify.ts';
import { type QuarantineIndex, readQuarantineIndex } from './quarantine-index.ts';
import { readSetAside } from './read-quarantine.ts';
import { type RecordAddress, recordName } from './record-name.ts';
import { type Retried, type Retries, readRetries, withRetried, writeRetries } from './retries.ts';
import type { SetAsideKind } from './set-aside-reason.ts';
import { type Writable, writeRetried } from './write-retried.ts';

export interface RetryContext {
  readonly vault: Vault;
  readonly settings: Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl' | 'connect' | 'sinkConnector'>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Which records of a recovery's quarantine; named ones, or all of a kind. */
export interface RetrySelection {
  readonly recoveryId: string;
  readonly records?: readonly RecordAddress[];
  readonly kind?: SetAsideKind;
  /** In the place of the one record's value. */
  readonly payload?: Buffer;
  /** The recovery has mended the live database where it was, and made none. @default false */
  readonly inPlace?: boolean;
}

/** What a retry would do, or did. */
export interface RetryPlan {
  readonly writable: number;
  readonly retried: number;
  readonly unwritable: number;
  /** The first ones of each, for people. */
  readonly samples: readonly Classified[];
  /** Those that lie before what MSR can replay: the next maintenance drops them again. */
  readonly beforeCutoff: number;
}

const SAMPLES = 10;

/** Looks, and changes nothing. @throws OperatorError where the live database is not this recovery's */
export async function planRetry(ctx: RetryContext, selection: RetrySelection): Promise<RetryPlan> {
  return await withLive(ctx, async (live) => {
    const by = await classifyBy(ctx, selection, live);
    const cutoff = await readCutoff(live);
    const plan = { writable: 0, retried: 0, unwritable: 0, beforeCutoff: 0 };
    const samples: Classified[] = [];
    for await (const found of classified(ctx, selection, by)) {
      ctx.signal.throwIfAborted();
      plan[found.state]++;
      if (found.state === 'writable' && (found.event.timestampMicros ?? cutoff) < cutoff) plan.beforeCutoff++;
      if (samples.filter(({ state }) => state === found.state).length < SAMPLES) samples.push(found);
    }
    return { ...plan, samples };
  });
}

export interface RetryResult {
  readonly written: number;
  /** The table held the same event already. */
  readonly there: number;
  /** Seen to by an earlier run, which died before it told the vault. */
  readonly known: number;
  /** Each that the database refuses, with its words; the first ones. */
  readonly refused: ReadonlyArray<{ readonly record: string; readonly why: string }>;
  readonly retries: Retries;
}

/** Records of one transaction. */
const BATCH = 1_000;

/**
 * Writes what can be written, batch by batch; the vault is told after each. Under the operations' lock.
 * @throws OperatorError where the live database is not this recovery's
 */
export async function retry(
  ctx: RetryContext,
  selection: RetrySelection,
  assertLockHeld: () => Promise<void>,
): Promise<RetryResult> {
  return await withLive(ctx, async (live) => {
    const by = await classifyBy(ctx, selection, live);
    await createRecoverySchema(live);
    await useDatabasePath(live, 'session');
    const run = new RetryRun(ctx, selection, live, by.retries);
    for await (const found of classified(ctx, selection, by)) {
      if (run.add(found)) {
        await assertLockHeld();
        ctx.signal.throwIfAborted();
        await run.flush();
      }
    }
    await assertLockHeld();
    await run.flush();
    return run.result;
  });
}

/** Gathers records to batches, and knows which one came before each in its partition. */
class RetryRun {
  readonly #ctx: RetryContext;
  readonly #selection: RetrySelection;
  readonly #live: Session;
  readonly #at = new Date();
  readonly #before = new Map<string, number>();
  readonly #repaired: string | undefined;
  readonly #refused: Array<{ record: string; why: string }> = [];
  #open: Array<{ readonly entry: Writable; readonly after: number | undefined }> = [];
  #retries: Retries;
  #written = 0;
  #there = 0;
  #known = 0;

  constructor(ctx: RetryContext, selection: RetrySelection, live: Session, retries: Retries) {
    this.#ctx = ctx;
    this.#selection = selection;
    this.#live = live;
    this.#retries = retries;
    const { payload } = selection;
    this.#repaired = payload && createHash('sha256').update(payload).digest('hex');
  }

  get result(): RetryResult {
    const { length } = this.#refused;
    const refused = this.#refused.slice(0, SAMPLES);
    if (length > SAMPLES) refused.push({ record: `${count(length - SAMPLES)} more`, why: 'refused, too' });
    return {
      written: this.#written,
      there: this.#there,
      known: this.#known,
      refused,
      retries: this.#retries,
    };
  }

  /** @returns whether the batch is full */
  add(found: Classified): boolean {
    const key = partitionKey(found.record);
    // Named records have others between them that nobody reads here.
    const after = this.#selection.records === undefined ? this.#before.get(key) : undefined;
    this.#before.set(key, found.record.offset);
    if (found.state === 'writable') this.#open.push({ entry: found, after });
    return this.#open.length >= BATCH;
  }

  async flush(): Promise<void> {
    const open = this.#open;
    this.#open = [];
    if (open.length === 0) return;
    const { vault, progress } = this.#ctx;
    const { recoveryId } = this.#selection;
    const { done, known, refused } = await writeRetried(
      this.#live,
      recoveryId,
      open.map(({ entry }) => entry),
    );
    const retried = open.flatMap(({ entry: { record }, after }): Retried[] => {
      const { topic, partition, offset } = record;
      const outcome = done.get(recordName(record));
      const repaired = this.#repaired;
      return outcome === undefined ? [] : [{ topic, partition, offset, outcome, repaired, after }];
    });
    this.#retries = withRetried(this.#retries, retried, this.#at);
    await writeRetries(vault, recoveryId, this.#retries);
    const there = retried.filter(({ outcome }) => outcome === 'there').length;
    this.#known += known;
    this.#there += there;
    this.#written += Math.max(0, retried.length - there - known);
    for (const [record, why] of refused) this.#refused.push({ record, why });
    progress.note(`${count(this.#written)} records of the quarantine are in the live database`);
  }
}

async function* classified(
  { vault }: RetryContext,
  { recoveryId, records, kind }: RetrySelection,
  by: ClassifyBy,
): AsyncGenerator<Classified> {
  const index = await readQuarantineIndex(vault, recoveryId);
  requireHeld(index, recoveryId, records);
  const missing = new Set((records ?? []).map(recordName));
  for await (const record of readSetAside(vault, index, records)) {
    missing.delete(recordName(record));
    if (kind === undefined || record.kind === kind) yield classify(record, by);
  }
  const [first] = missing;
  if (first === undefined) return;
  throw new OperatorError(`the recovery ${recoveryId} has not set aside ${first}`, {
    hint: `\`msr quarantine list ${recoveryId}\` shows what it has`,
  });
}

function requireHeld(
  { records }: QuarantineIndex,
  recoveryId: string,
  named: readonly RecordAddress[] | undefined,
): void {
  if (records > 0 || named === undefined) return;
  throw new OperatorError(`the recovery ${recoveryId} has set nothing aside`, {
    hint: '`msr quarantine list` shows the recoveries that have',
  });
}

async function classifyBy(
  { vault, settings }: RetryContext,
  selection: RetrySelection,
  live: Session,
): Promise<ClassifyBy> {
  const { recoveryId, payload } = selection;
  const config = await connectClient(settings.connect).config(settings.sinkConnector);
  const sink = parseSinkConfig(settings.sinkConnector, config);
  const byHeaders = sink.transforms.some(({ condition }) => condition?.predicate.kind === 'has-header-key');
  return {
    retries: await readRetries(vault, recoveryId),
    decode: recordDecoder(sink),
    byHeaders,
    payload,
    readSince: await readSinceBy(live, selection),
  };
}

/**
 * Another recovery that made the live database has its own quarantine for what it replayed itself; what lay
 * before its cut came, or did not, with its backup.
 * @throws OperatorError where no recovery made the live database, and none has mended it
 */
async function readSinceBy(
  live: Session,
  { recoveryId, inPlace }: RetrySelection,
): Promise<ClassifyBy['readSince']> {
  const state = await readRecoveryState(live);
  if (state === undefined && inPlace !== true) {
    throw new OperatorError('the live database was not made by a recovery of MSR Recovery', {
      hint: 'what was set aside belongs to a database that is live no more; see `msr recoveries list`',
    });
  }
  if (state === undefined || state.recoveryId === recoveryId) return () => undefined;
  const { rows } = await live.query<{ topic: string; partition: number; start: string; next: string }>(
    `SELECT topic, partition, start_offset AS start, next_offset AS next FROM ${RECOVERY_SCHEMA}.progress`,
  );
  const read = new Map(
    rows.map((row) => [partitionKey(row), [parseOffset(row.start), parseOffset(row.next)]]),
  );
  return (record) => {
    const [start = Infinity, next = 0] = read.get(partitionKey(record)) ?? [];
    return record.offset >= start && record.offset < next ? state.recoveryId : undefined;
  };
}

async function readCutoff(live: Session): Promise<bigint> {
  const { rows } = await live.query<{ micros: string | null }>(
    `SELECT (extract(epoch FROM nullif(nullif(cutoff_time, '-infinity'), 'infinity')) * 1000000)::bigint::text AS micros
     FROM msr.snapshot_pointer WHERE id = 1`,
  );
  const micros = rows[0]?.micros;
  return micros == null ? -(1n << 62n) : BigInt(micros);
}

async function withLive<T>(ctx: RetryContext, work: (live: Session) => Promise<T>): Promise<T> {
  return await withSession(await liveDatabaseUrl(ctx.settings), { purpose: 'retry quarantine' }, work);
}
