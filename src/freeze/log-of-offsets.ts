import { z } from 'zod';
import { withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import { openKafkaReader } from '../clients/kafka/kafka-reader.ts';
import {
  compareLogTails,
  LogRewrittenError,
  type LogTails,
  logTailsSchema,
  requireSameLog,
} from '../clients/kafka/log-tail.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Progress } from '../core/progress.ts';
import type { Settings } from '../settings/settings.ts';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

const documentSchema = z.object({ tails: logTailsSchema });
const NAME = 'log-tails';

/** Keeps, beside the other documents of a recovery, what the log held before the offsets of its marker. */
export async function writeMarkersTails(vault: Vault, recoveryId: string, tails: LogTails): Promise<void> {
  await writeJson(vault, VaultPath.recoveryDocument(recoveryId, NAME), { tails });
}

/** undefined: nobody could read them when the database went live, or an earlier msr made it live. */
export async function readMarkersTails(vault: Vault, recoveryId: string): Promise<LogTails | undefined> {
  const path = VaultPath.recoveryDocument(recoveryId, NAME);
  const found = await readJson(vault, path, documentSchema, {
    hint: 'use the msr that wrote it: without it nobody knows whether the log is still the one of then',
  });
  return found?.value.tails;
}

export interface StoredOffsets {
  readonly tails: LogTails | undefined;
  /** Whose offsets they are, for a sentence. */
  readonly whose: string;
  /** What an operator does where the log is another one. */
  readonly hint: string;
}

/**
 * Stored offsets belong to the log that they were stored of. One that was truncated or made anew meanwhile
 * would make the sink pass over events, or write others twice. Where nobody can tell, that is said, and the
 * sink is not kept from running.
 * @throws LogRewrittenError before anything is set
 */
export async function requireLogOfOffsets(
  { settings, progress }: { readonly settings: Pick<Settings, 'kafka'>; readonly progress: Progress },
  { tails, whose, hint }: StoredOffsets,
): Promise<void> {
  try {
    const unknown = tails === undefined ? undefined : await unknownPartitions(settings, tails, hint);
    if (unknown?.length === 0) return;
    const which = unknown === undefined ? '' : ` in ${unknown.join(', ')}`;
    progress.note(`could not verify that the log still is the one of ${whose}${which}`);
  } catch (error) {
    if (!(error instanceof OperatorError) || error instanceof LogRewrittenError) throw error;
    progress.note(`could not verify that the log still is the one of ${whose}: ${error.message}`);
  }
}

async function unknownPartitions(
  { kafka }: Pick<Settings, 'kafka'>,
  tails: LogTails,
  hint: string,
): Promise<readonly string[]> {
  const topics = [...new Set(tails.map(({ topic }) => topic))];
  return await withKafkaAdmin(kafka, async (admin) => {
    const reader = await openKafkaReader(kafka);
    try {
      const bounds = { logStart: await admin.logStart(topics), logEnd: await admin.logEnd(topics) };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const compared = await compareLogTails({ reader, kafka: admin }, tails, bounds, signal);
      requireSameLog(compared, hint);
      return compared.unknown;
    } finally {
      await reader.close();
    }
  });
}

/** A few records of each partition: whoever waits longer has met a broker that does not answer. */
const TIMEOUT_MS = 30_000;
