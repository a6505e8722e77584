import { connectClient } from '../../clients/connect.ts';
import type { Offsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { digestKey } from '../../ledger/digest.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { RecoveryContext } from '../context.ts';
import { behindSink } from '../replay/behind-sink.ts';
import { type LogSinceCut, openLogSinceCut } from '../replay/digest-log.ts';
import { readReplayInput } from '../replay/replay-input.ts';
import { readDigestsByDay } from '../restore/baseline.ts';
import type { ReadEvents } from './assess-database.ts';
import type { LiveContent } from './compare-database.ts';

/** Every event of the live database, and what Kafka holds since the backup. */
export interface EveryEvent {
  readonly read: ReadEvents;
  /** What they could be compared with, for people. */
  with(): string;
  readonly close: () => Promise<void>;
}

type Context = Pick<RecoveryContext, 'settings' | 'vault' | 'recoveryId' | 'progress' | 'signal'>;

/** Where brokers, Connect or the sink's configuration keep Kafka from being read, the backup alone tells. */
export async function openEveryEvent(ctx: Context, manifest: Manifest): Promise<EveryEvent> {
  let why: string | undefined;
  const ifReadable = async <T>(look: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      why = error.message;
      return undefined;
    }
  };
  const kafka = await ifReadable(() => openKafka(ctx, manifest));
  return {
    read: async (session, hours) => {
      const committed = kafka && (await ifReadable(kafka.committed));
      const digests = await readDigestsByDay(session, manifest.digests, ctx);
      const events = { digests, hours: new Set(hours) };
      const since = kafka && committed && (await ifReadable(() => kafka.since(committed)));
      return { events, ...(since && { since }) };
    },
    with: () => (why === undefined ? 'with the backup and with Kafka' : `with the backup alone: ${why}`),
    close: async () => await kafka?.close(),
  };
}

interface KafkaSinceCut extends Pick<LogSinceCut, 'close'> {
  /** Up to where the sink has committed by now. */
  committed(): Promise<Offsets>;
  since(committed: Offsets): Promise<NonNullable<LiveContent['since']>>;
}

async function openKafka(ctx: Context, manifest: Manifest): Promise<KafkaSinceCut> {
  const connect = connectClient(ctx.settings.connect);
  const input = await readReplayInput(ctx, connect, manifest);
  const log = await openLogSinceCut(ctx, input);
  return {
    close: log.close,
    committed: async () =>
      behindSink(input.start, await connect.offsets(ctx.settings.sinkConnector), await log.ends()),
    since: async (committed) => {
      const digests = await log.digest(input.start, committed);
      // The sink writes on while one looks: what came before or after that, nobody can tell.
      const meanwhile = await log.digest(committed, await log.ends());
      return { digests, moving: new Set(meanwhile.map(digestKey)) };
    },
  };
}
