import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { OperatorError } from '../core/operator-error.ts';
import { type Vault, VaultPath } from './vault.ts';

const identitySchema = z.object({ id: z.uuid() });

/**
 * Tells a vault from every other one. The names of buckets are given once in the world, but every host has
 * its own `/var/backups/msr`: so a directory is told apart by a random id that lies in it and moves with it.
 * @returns the URL without its options, and for a directory `@` and its id
 * @throws OperatorError where the id cannot be read; VaultWriteError
 */
export async function vaultIdentity(vault: Vault): Promise<string> {
  const url = vault.url.replace(/\?.*$/, '');
  if (!url.startsWith('file:')) return url;
  for (;;) {
    const present = await vault.readDocument(VaultPath.identity);
    if (present !== undefined) return `${url}@${parse(present.content, vault.url)}`;
    // Where another process is quicker, its id is the one.
    await vault.writeDocument(VaultPath.identity, JSON.stringify({ id: randomUUID() }), { ifAbsent: true });
  }
}

function parse(content: string, url: string): string {
  try {
    return identitySchema.parse(JSON.parse(content)).id;
  } catch (cause) {
    throw new OperatorError(`${VaultPath.identity} in the vault ${url} holds no id`, {
      hint: 'remove it: a new one is made. Snapshots that aborted backups left under the old one are then yours to delete',
      cause,
    });
  }
}
