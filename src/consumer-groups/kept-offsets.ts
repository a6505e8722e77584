import { z } from 'zod';
import { newId } from '../core/ids.ts';
import { type Offsets, offsetsSchema } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

const keptSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  group: z.string(),
  keptAt: z.iso.datetime(),
  /** What the group had committed; a partition that is absent had no commit. */
  offsets: offsetsSchema,
});

/** A group's commits from before a reset. */
export type KeptOffsets = z.infer<typeof keptSchema>;

/** Writes down where a group stands, so that a reset can be taken back. */
export async function keepOffsets(
  vault: Vault,
  group: string,
  offsets: Offsets,
  now: Date,
): Promise<KeptOffsets> {
  const kept: KeptOffsets = {
    version: 1,
    id: newId(now),
    group,
    keptAt: now.toISOString(),
    offsets: [...offsets],
  };
  await writeJson(vault, VaultPath.keptOffsets(group, kept.id), kept, { ifAbsent: true });
  return kept;
}

/** @throws OperatorError where nothing was kept under this id, or something else stands there */
export async function readKeptOffsets(vault: Vault, group: string, id: string): Promise<KeptOffsets> {
  const found = await readJson(vault, VaultPath.keptOffsets(group, id), keptSchema, {
    hint: 'name the offsets with `--to-offset` instead',
  });
  if (found !== undefined) return found.value;
  throw new OperatorError(`no offsets of group ${group} were kept under ${id}`, {
    hint: 'each `msr kafka reset` says under which id it kept those from before',
  });
}
