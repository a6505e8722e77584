import { createHash } from 'node:crypto';
import { z } from 'zod';
import { timeOfId } from '../core/ids.ts';
import type { BackupEntry, BackupFolder } from '../manifest/catalogue.ts';
import { placeInLog } from '../manifest/newest-first.ts';
import { damageIn, type Verification } from '../manifest/verification.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

const verifiedSchema = z.object({
  verifiedAt: z.string(),
  verdict: z.enum(['verified', 'damaged']),
  damaged: z.array(z.object({ path: z.string(), fact: z.string() })),
});

const rememberedSchema = z.object({
  /** Names sizes and times of everything in its folder: with another stamp it is read again. */
  stamp: z.string(),
  state: z.enum(['complete', 'damaged', 'unreadable', 'incomplete']),
  /** Why it is damaged or cannot be read. */
  reason: z.string().optional(),
  createdAt: z.string().optional(),
  takenAt: z.string(),
  place: z.object({ log: z.string(), progress: z.number() }).optional(),
  verification: verifiedSchema.optional(),
});

/** What a health run keeps of a backup: a few hundred bytes, however many partitions and artifacts it has. */
export type RememberedBackup = z.infer<typeof rememberedSchema>;

const memorySchema = z.object({ version: z.literal(1), backups: z.record(z.string(), rememberedSchema) });

/** By the backups' ids. */
export type BackupMemory = ReadonlyMap<string, RememberedBackup>;

/** Nothing where no run has kept any, or another version of msr did. @throws VaultReadError */
export async function readMemory(vault: Vault): Promise<BackupMemory> {
  const document = await vault.readDocument(VaultPath.healthMemory);
  const memory = memorySchema.safeParse(parsed(document?.content));
  return new Map(Object.entries(memory.data?.backups ?? {}));
}

function parsed(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws VaultWriteError */
export async function writeMemory(vault: Vault, memory: BackupMemory): Promise<void> {
  const content = JSON.stringify({ version: 1, backups: Object.fromEntries(memory) });
  await vault.writeDocument(VaultPath.healthMemory, content);
}

/** Changes whenever something in the folder does. Pure. */
export function stampOf({ objects }: Pick<BackupFolder, 'objects'>): string {
  const hash = createHash('sha256');
  for (const { path, bytes, modifiedAt } of objects)
    hash.update(`${path} ${bytes} ${modifiedAt.getTime()}\n`);
  return hash.digest('base64').slice(0, 22);
}

/** Pure. @param verification as the latest reading left it */
export function remember(
  stamp: string,
  entry: BackupEntry,
  verification: Verification | undefined,
): RememberedBackup {
  const { id, state } = entry;
  const reason = 'reason' in entry ? { reason: entry.reason } : {};
  if (!('manifest' in entry)) return { stamp, state, ...reason, takenAt: timeOfId(id) };
  const { createdAt, cut } = entry.manifest;
  const read = verification && {
    ...{ verifiedAt: verification.verifiedAt, verdict: verification.verdict },
    damaged: damageIn(id, verification).map(({ path, fact }) => ({ path, fact })),
  };
  return {
    ...{ stamp, state, ...reason, createdAt, takenAt: cut.takenAt, place: placeInLog(cut) },
    ...(read === undefined ? {} : { verification: read }),
  };
}
