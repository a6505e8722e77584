import { OperatorError } from '../../core/operator-error.ts';
import { hasDump } from '../../manifest/baseline-kind.ts';
import { listBackups, showBackup } from '../../manifest/catalogue.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Vault } from '../../vault/vault.ts';

/** Which backup is drilled: the newest, any one by chance, or the one that is named. */
export type DrilledBackup = 'newest' | 'random' | { readonly id: string };

/**
 * The backup to be drilled.
 * @param random in [0, 1)
 * @throws OperatorError where no backup is complete and holds a dump, or the named one is not there
 */
export async function chooseDrilled(
  vault: Vault,
  wanted: DrilledBackup,
  random: () => number = Math.random,
): Promise<Manifest> {
  if (typeof wanted === 'object') return requireDump(await showBackup(vault, wanted.id));
  const usable = (await listBackups(vault)).filter(
    (entry) => entry.state === 'complete' && hasDump(entry.manifest),
  );
  const chosen = usable[wanted === 'newest' ? 0 : Math.floor(random() * usable.length)];
  if (chosen !== undefined) return await showBackup(vault, chosen.id);
  throw new OperatorError(`there is no backup in ${vault.url} that could be drilled`, {
    hint: 'take one with `msr backup`; volumes alone are not drilled yet',
  });
}

function requireDump(manifest: Manifest): Manifest {
  if (hasDump(manifest)) return manifest;
  throw new OperatorError(`the backup ${manifest.id} holds no dump (strategy ${manifest.strategy})`, {
    hint: 'volumes are not drilled yet: name a backup with a dump',
  });
}
