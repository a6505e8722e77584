import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import {
  compareLogTails,
  type LogTools,
  requireSameLog,
  tailsIfReadable,
} from '../../clients/kafka/log-tail.ts';
import type { Offsets } from '../../core/offsets.ts';
import { readMarkersTails, writeMarkersTails } from '../../freeze/log-of-offsets.ts';
import type { RecoveryContext } from '../context.ts';
import type { SinkTools } from './frozen-position.ts';

/**
 * Keeps what the log holds where the sink changes databases: whoever sets the sink to these offsets later, or
 * goes back by an undo, must know whether it still is that log. What cannot be kept is told, and keeps no
 * sink from running.
 */
export async function keepLogTails(
  { vault, recoveryId, signal, progress }: RecoveryContext,
  { kafkaAdmin, reader }: Pick<SinkTools, 'kafkaAdmin' | 'reader'>,
  offsets: Offsets,
): Promise<void> {
  const tails = await tailsIfReadable({ kafka: kafkaAdmin, reader }, offsets, { signal, progress });
  if (tails !== undefined) await writeMarkersTails(vault, recoveryId, tails);
}

/**
 * Refuses to go on by offsets in another log than that of the cutover.
 * @param topics that the sink reads
 * @throws LogRewrittenError before anything is stopped
 */
export async function requireLogOfCutOver(
  { vault, recoveryId, signal, progress }: RecoveryContext,
  { kafkaAdmin, reader }: Pick<LogTools, 'reader'> & { readonly kafkaAdmin: KafkaAdmin },
  topics: readonly string[],
): Promise<void> {
  const tails = (await readMarkersTails(vault, recoveryId))?.filter(({ topic }) => topics.includes(topic));
  if (tails === undefined) {
    return progress.note(
      'could not verify that the log still is the one of the cutover: nothing was kept of it',
    );
  }
  const bounds = { logStart: await kafkaAdmin.logStart(topics), logEnd: await kafkaAdmin.logEnd(topics) };
  const compared = await compareLogTails({ reader, kafka: kafkaAdmin }, tails, bounds, signal);
  requireSameLog(
    compared,
    'the offsets of the database that would come back mean nothing in this log: stay with what is live, or recover from a backup',
  );
  if (compared.unknown.length === 0) return;
  progress.note(
    `could not verify that the log still is the one of the cutover in ${compared.unknown.join(', ')}`,
  );
}
