import type { MessagePort } from 'node:worker_threads';
import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { openSession } from '../../clients/postgres.ts';
import { useDatabasePath } from '../../clients/timescale-schema.ts';
import { trustAuthorities } from '../../clients/trusted-authorities.ts';
import { type Lane, localLane } from './lane.ts';
import { takeLaneLock } from './replay-lock.ts';
import { type FromThread, plainError, type ThreadData, type ToThread } from './thread-protocol.ts';

/**
 * The life of a thread that replays: it opens a lane, runs what it is told, and ends when it is told to.
 */
export async function laneThread(port: MessagePort, { options, caFile }: ThreadData): Promise<void> {
  const say = (message: FromThread) => port.postMessage(message);
  try {
    trustAuthorities(caFile);
    const session = await openSession(options.targetUrl, { purpose: 'replay' });
    await takeLaneLock(session);
    await useDatabasePath(session, 'session');
    const reader = await openKafkaReader(options.kafka);
    serve(port, localLane(options, { session, reader }), say, async () => {
      // A connection that broke has told its error already.
      await Promise.allSettled([reader.close(), session.end()]);
      port.close();
    });
    say({ kind: 'ready' });
  } catch (error) {
    say({ kind: 'failed', error: plainError(error) });
    port.close();
  }
}

function serve(
  port: MessagePort,
  lane: Lane,
  say: (message: FromThread) => void,
  close: () => Promise<void>,
): void {
  let stop = new AbortController();
  port.on('message', (message: ToThread) => {
    if (message.kind === 'abort') stop.abort();
    else if (message.kind === 'close') void close();
    else {
      stop = new AbortController();
      lane
        .run(message.task, stop.signal, (moved) => say({ kind: 'moved', moved }))
        .then((summary) => say({ kind: 'done', summary }))
        .catch((error: unknown) => say({ kind: 'failed', error: plainError(error) }));
    }
  });
}
