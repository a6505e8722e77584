import { openKafkaAdmin } from '../../../src/clients/kafka/kafka-admin.ts';
import type { KafkaSettings } from '../../../src/clients/kafka/kafka-settings.ts';
import { openSession, type Session } from '../../../src/clients/postgres.ts';
import { type Offsets, parseOffset } from '../../../src/core/offsets.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { RECOVERY_SCHEMA_SQL } from '../../../src/live/recovery-schema.ts';
import {
  openReplayer,
  type ReplayContext,
  type Replayer,
  type ReplayerOptions,
} from '../../../src/recovery/replay/replayer.ts';
import { parseSinkConfig } from '../../../src/sink/sink-config.ts';
import type { BedHandle, Msr, MsrOptions } from '../../bed/bed.ts';

/** A live MSR with its sink, and a second database that its topics are replayed into. */
export interface ReplayScene {
  readonly live: Msr;
  readonly target: Msr;
  readonly session: Session;
  readonly kafka: KafkaSettings;
  open(change?: Partial<ReplayerOptions>, context?: Partial<ReplayContext>): Promise<Replayer>;
  drop(): Promise<void>;
}

/** The baseline is an empty database, and the cut the beginning of every topic. */
export async function replayScene(bed: BedHandle, options: MsrOptions): Promise<ReplayScene> {
  const live = await bed.createMsr({ partitions: 2, ...options });
  const target = await bed.createMsr({ name: `${options.name}new`, partitions: 1, sink: false });
  const session = await openSession(target.url('admin'), { purpose: 'test replay' });
  await session.query(RECOVERY_SCHEMA_SQL);
  const kafka = kafkaOf(bed);
  return {
    live,
    target,
    session,
    kafka,
    open: async (change = {}, context = {}) =>
      openReplayer(
        { ...replayContext(kafka), ...context },
        { ...(await fromStart(live, target, kafka)), ...change },
      ),
    drop: async () => {
      await session.end();
      await live.drop();
      await target.drop();
    },
  };
}

function kafkaOf({ brokers }: Pick<BedHandle, 'brokers'>): KafkaSettings {
  return { brokers, ssl: false, sasl: undefined };
}

/** @param threads that may replay; one is this thread itself */
export function replayContext(kafka: KafkaSettings, threads = 1): ReplayContext {
  const { signal } = new AbortController();
  return { settings: { kafka, replayThreads: threads }, progress: silentProgress, signal };
}

async function fromStart(live: Msr, target: Msr, kafka: KafkaSettings): Promise<ReplayerOptions> {
  const ends = await logEnd(kafka, live.topics);
  return {
    targetUrl: target.url('admin'),
    sink: parseSinkConfig(live.connector, live.sinkConfig),
    start: ends.map((end) => ({ ...end, offset: 0 })),
  };
}

export async function logEnd(kafka: KafkaSettings, topics: readonly string[]): Promise<Offsets> {
  const admin = await openKafkaAdmin(kafka);
  try {
    return await admin.logEnd(topics);
  } finally {
    await admin.close();
  }
}

/** Every row of cdc_event as text, in an order of its own: what two databases are compared by. */
export async function allRows(msr: Msr): Promise<string[]> {
  const { rows } = await msr.query('admin', (client) =>
    client.query<{ row: string }>(
      `SELECT (entity_id, entity_state, op, event_timestamp, table_name)::text AS row FROM msr.cdc_event
       ORDER BY (entity_id, entity_state, op, event_timestamp, table_name)::text COLLATE "C"`,
    ),
  );
  return rows.map(({ row }) => row);
}

export async function countEvents(msr: Msr): Promise<number> {
  const { rows } = await msr.query('admin', (client) =>
    client.query('SELECT count(*) AS n FROM msr.cdc_event'),
  );
  return parseOffset(rows[0].n);
}
