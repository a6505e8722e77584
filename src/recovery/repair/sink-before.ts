import { z } from 'zod';
import { indexOffsets, type Offsets, offsetsSchema, partitionKey } from '../../core/offsets.ts';
import type { Vault } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import type { LogPosition } from '../pipeline/log-position.ts';

const sinkBeforeSchema = z.object({
  at: z.iso.datetime(),
  found: z.enum(['RUNNING', 'PAUSED', 'STOPPED', 'FAILED']),
  offsets: offsetsSchema,
});
/** How a repair met the sink: what its undo goes by. */
export type SinkBefore = z.infer<typeof sinkBeforeSchema>;

/** A run that goes on with a repair meets what the one before has set: the first word stays. */
export async function keepSinkBefore(
  { vault, recoveryId }: Pick<RecoveryContext, 'vault' | 'recoveryId'>,
  before: Omit<SinkBefore, 'at'>,
): Promise<void> {
  if ((await readSinkBefore(vault, recoveryId)) !== undefined) return;
  await writeRecoveryDocument(vault, recoveryId, 'sink-before', { at: new Date().toISOString(), ...before });
}

/** undefined: the recovery has met no sink. */
export async function readSinkBefore(vault: Vault, recoveryId: string): Promise<SinkBefore | undefined> {
  return await readRecoveryDocument(vault, recoveryId, 'sink-before', sinkBeforeSchema);
}

export interface UndoneOffsets {
  readonly offsets: Offsets;
  /** What the sink would not write any more, in a sentence each. */
  readonly passedOver: readonly string[];
}

/**
 * The offsets from before, where they mean something: not beyond the log, and not behind what the database
 * holds by now, which would be written twice. Pure.
 */
export function undoneOffsets(before: Offsets, { offsets, logEnd }: LogPosition): UndoneOffsets {
  const [then, ends] = [indexOffsets(before), indexOffsets(logEnd)];
  const passedOver: string[] = [];
  const undone = offsets.map((at) => {
    const key = partitionKey(at);
    const wanted = then.get(key);
    if (wanted === undefined || wanted <= at.offset || wanted > (ends.get(key) ?? 0)) return at;
    passedOver.push(
      `the sink passes over the offsets ${at.offset} to ${wanted - 1} of ${key} again: they are in Kafka, and not in the database`,
    );
    return { ...at, offset: wanted };
  });
  return { offsets: undone, passedOver };
}
