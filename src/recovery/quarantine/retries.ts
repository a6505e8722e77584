import { z } from 'zod';
import { partitionKey } from '../../core/offsets.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import type { RecordAddress } from './record-name.ts';

/**
 * What became of a record that was retried. written: its row is in the live database · there: the live
 * database held the same event already, and nothing was written
 */
const RETRY_OUTCOMES = ['written', 'there'] as const;
export type RetryOutcome = (typeof RETRY_OUTCOMES)[number];

/** Records of a partition that follow each other in the quarantine, and were retried at once. */
const stretchSchema = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  /** Offsets of the first and the last; every record of the quarantine between them is meant. */
  first: z.int().nonnegative(),
  last: z.int().nonnegative(),
  records: z.int().positive(),
  outcome: z.enum(RETRY_OUTCOMES),
  at: z.iso.datetime(),
  /** SHA-256 of the payload that somebody put in the place of the record's; absent: its own. */
  repaired: z.string().optional(),
});

const retriesSchema = z.object({ records: z.int().nonnegative(), stretches: z.array(stretchSchema) });
/** What was retried of a recovery's quarantine; `quarantine-retries.json` beside its report. */
export type Retries = z.infer<typeof retriesSchema>;

const NO_RETRIES: Retries = { records: 0, stretches: [] };

export async function readRetries(vault: Vault, recoveryId: string): Promise<Retries> {
  return (await readRecoveryDocument(vault, recoveryId, 'quarantine-retries', retriesSchema)) ?? NO_RETRIES;
}

export async function writeRetries(vault: Vault, recoveryId: string, retries: Retries): Promise<void> {
  await writeRecoveryDocument(vault, recoveryId, 'quarantine-retries', retries);
}

/** What became of a record; undefined: it was not retried. */
export function retriedOf({ stretches }: Retries, { topic, partition, offset }: RecordAddress) {
  return stretches.find(
    (each) =>
      each.topic === topic && each.partition === partition && each.first <= offset && offset <= each.last,
  );
}

/** A record that was retried, and which one of the quarantine comes before it in its partition. */
export interface Retried extends RecordAddress {
  readonly outcome: RetryOutcome;
  readonly repaired?: string | undefined;
  /** Offset of the quarantine's record before it in the partition; undefined: it is the first one read. */
  readonly after: number | undefined;
}

/** Pure: with records that were retried now, in the quarantine's order; stretches grow where they can. */
export function withRetried(retries: Retries, retried: readonly Retried[], at: Date): Retries {
  const stretches = [...retries.stretches];
  for (const { topic, partition, offset, outcome, repaired, after } of retried) {
    const last = stretches.at(-1);
    const joins =
      last !== undefined &&
      partitionKey(last) === partitionKey({ topic, partition }) &&
      last.last === after &&
      last.outcome === outcome &&
      last.repaired === undefined &&
      repaired === undefined &&
      last.at === at.toISOString();
    if (joins) stretches[stretches.length - 1] = { ...last, last: offset, records: last.records + 1 };
    else {
      const own = repaired === undefined ? {} : { repaired };
      stretches.push({
        ...{ topic, partition, first: offset, last: offset, records: 1 },
        ...{ outcome, at: at.toISOString(), ...own },
      });
    }
  }
  return { records: retries.records + retried.length, stretches };
}
