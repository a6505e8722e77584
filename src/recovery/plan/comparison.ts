import { z } from 'zod';
import { showBackup } from '../../manifest/catalogue.ts';
import type { Vault } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import type { Watch } from '../restore/baseline.ts';
import { lookAtContent, whereToLook } from './assess-database.ts';
import { damagedParts, suspicionSchema } from './assessment.ts';
import { openEveryEvent } from './every-event.ts';
import { assessSuspicions, EVERYTHING } from './evidence/assess-suspicions.ts';
import { readPlan } from './read-plan.ts';

/** What a comparison of all events says of the live database. */
const comparison = z.object({
  state: z.enum(['healthy', 'unproven', 'damaged']),
  /** Plain sentences. */
  facts: z.array(z.string()),
  damaged: damagedParts,
  /** As of an assessment, over a week. */
  suspicions: z.array(suspicionSchema).default([]),
});
export type Comparison = z.infer<typeof comparison>;

const comparisonDocument = comparison.extend({ backupId: z.string(), comparedAt: z.iso.datetime() });

/**
 * Compares every event that the plan's backup and Kafka hold with the live database, however long it takes,
 * and writes down what it found; changes nothing. A database that stops answering meanwhile is no failure:
 * the plan looks again. Where Kafka cannot tell, the backup alone is compared with, and the answer says so.
 * @throws OperatorError where wrong credentials or missing rights keep us from looking, or nothing is planned
 */
export async function compareAll(
  ctx: Pick<RecoveryContext, 'settings' | 'vault' | 'recoveryId'> & Watch,
): Promise<Comparison> {
  const { backupId } = await readPlan(ctx);
  const manifest = await showBackup(ctx.vault, backupId);
  const url = await whereToLook(ctx.settings);
  const every = await openEveryEvent(ctx, manifest);
  const { state, facts, damaged } = await lookAtContent(url, manifest, every.read).finally(every.close);
  const comparedAt = new Date().toISOString();
  const suspicions = await assessSuspicions(url, EVERYTHING);
  const isTold = state === 'healthy' || state === 'damaged';
  const brokenOff = `the comparison of all events broke off: ${facts.join('; ')}`;
  const compared = `all events were compared at ${comparedAt} ${every.with()}`;
  const found: Comparison = {
    state: isTold ? state : 'unproven',
    facts: isTold ? [...facts, compared] : [brokenOff],
    ...{ damaged, suspicions },
  };
  const document: z.infer<typeof comparisonDocument> = { backupId, comparedAt, ...found };
  await writeRecoveryDocument(ctx.vault, ctx.recoveryId, 'comparison', document);
  return found;
}

/** undefined where none was made, or with another backup: one that appeared meanwhile may be chosen. */
export async function readComparison(
  vault: Vault,
  recoveryId: string,
  backupId: string,
): Promise<Comparison | undefined> {
  const found = await readRecoveryDocument(vault, recoveryId, 'comparison', comparisonDocument);
  if (found?.backupId !== backupId) return undefined;
  const { state, facts, damaged, suspicions } = found;
  return { state, facts, damaged, suspicions };
}
