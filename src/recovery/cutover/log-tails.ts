import { z } from 'zod';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { type KafkaReader, openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import {
  compareLogTails,
  logTailsSchema,
  readLogTails,
  requireSameLog,
} from '../../clients/kafka/log-tail.ts';
import { withSession } from '../../clients/postgres.ts';
import type { Offsets } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { liveDatabaseUrl } from '../../live/live-database.ts';
import { readMarkerOf } from '../../live/marker.ts';
import type { RecoveryContext } from '../context.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';

const documentSchema = z.object({ tails: logTailsSchema });

/**
 * Keeps what the log held where the sink changed databases: an undo goes on in that log by offsets,
 * and must know whether it still is that log. The sink runs by now; what cannot be kept is told,
 * and costs nobody an event.
 */
export async function keepLogTails(ctx: RecoveryContext, kafkaAdmin: KafkaAdmin): Promise<void> {
  try {
    const url = await liveDatabaseUrl(ctx.settings);
    const marker = await withSession(url, { purpose: 'read marker' }, (session) =>
      readMarkerOf(session, ctx.recoveryId),
    );
    if (marker === undefined) return;
    const logStart = await kafkaAdmin.logStart(topicsOf(marker.offsets));
    const reader = await openKafkaReader(ctx.settings.kafka);
    try {
      const tails = await readLogTails(reader, marker.offsets, logStart, ctx.signal);
      await writeRecoveryDocument(ctx.vault, ctx.recoveryId, 'log-tails', { tails });
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    ctx.progress.note(`an undo will not know a log that was rewritten meanwhile: ${error.message}`);
  }
}

/**
 * Refuses to go on by offsets in another log than that of the cutover.
 * @param topics that the sink reads
 * @throws LogRewrittenError before anything is stopped
 */
export async function requireLogOfCutOver(
  { vault, recoveryId, signal }: RecoveryContext,
  { kafkaAdmin, reader }: { readonly kafkaAdmin: KafkaAdmin; readonly reader: KafkaReader },
  topics: readonly string[],
): Promise<void> {
  const kept = await readRecoveryDocument(vault, recoveryId, 'log-tails', documentSchema);
  if (kept === undefined) return;
  const bounds = { logStart: await kafkaAdmin.logStart(topics), logEnd: await kafkaAdmin.logEnd(topics) };
  const tails = kept.tails.filter(({ topic }) => topics.includes(topic));
  requireSameLog(
    await compareLogTails(reader, tails, bounds, signal),
    'the offsets of the database that would come back mean nothing in this log: stay with what is live, or recover from a backup',
  );
}

function topicsOf(offsets: Offsets): string[] {
  return [...new Set(offsets.map(({ topic }) => topic))];
}
