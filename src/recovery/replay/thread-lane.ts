import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { trustedFile } from '../../clients/trusted-authorities.ts';
import type { Lane, LaneOptions } from './lane.ts';
import { emptySummary, type ReplaySummary } from './summary.ts';
import { type FromThread, reviveError, type ThreadData, type ToThread } from './thread-protocol.ts';

/**
 * A lane on a thread of its own.
 * @throws OperatorError as openSession and openKafkaReader do, in that thread
 */
export async function openThreadLane(options: LaneOptions): Promise<Lane> {
  const workerData: ThreadData = { options, caFile: trustedFile() };
  const worker = new Worker(entry(), { workerData, execArgv: [] });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const tell = (message: ToThread) => worker.postMessage(message);
  try {
    await answerOf(worker, () => {});
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    run: async (task, signal, report) => {
      signal.throwIfAborted();
      const abort = () => tell({ kind: 'abort' });
      signal.addEventListener('abort', abort);
      try {
        const answer = answerOf(worker, report);
        tell({ kind: 'run', task });
        return (await answer) ?? emptySummary();
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    close: async () => {
      tell({ kind: 'close' });
      await ended;
    },
  };
}

/** The sources have an entry of their own for it, and the bundle a file beside it. */
function entry(): URL {
  const source = new URL('./lane-thread.main.ts', import.meta.url);
  return existsSync(fileURLToPath(source)) ? source : new URL('./replay-thread.mjs', import.meta.url);
}

/**
 * What the thread says when it has done what it was told. @throws what it failed of, or that it ended
 */
async function answerOf(worker: Worker, report: (moved: number) => void): Promise<ReplaySummary | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<ReplaySummary | undefined>();
  const onMessage = (message: FromThread) => {
    if (message.kind === 'moved') report(message.moved);
    else if (message.kind === 'failed') reject(reviveError(message.error));
    else resolve(message.kind === 'done' ? message.summary : undefined);
  };
  const onExit = (code: number) => reject(new Error(`a thread of the replay ended by itself (${code})`));
  worker.on('message', onMessage).on('error', reject).on('exit', onExit);
  try {
    return await promise;
  } finally {
    worker.off('message', onMessage).off('error', reject).off('exit', onExit);
  }
}
