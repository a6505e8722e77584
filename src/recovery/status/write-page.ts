import { redact } from '../../core/redact.ts';
import type { Vault } from '../../vault/vault.ts';

/**
 * A page beside its document in the vault: for people, and no reason to fail where it cannot be made or
 * written.
 * @returns its path in the vault; undefined where it was not written
 */
export async function writePage(
  vault: Vault,
  path: string,
  page: () => string | Promise<string>,
): Promise<string | undefined> {
  try {
    await vault.writeDocument(path, redact(await page()));
    return path;
  } catch (error) {
    console.error(`the page ${path} was not written: ${redact(String(error))}`);
    return undefined;
  }
}
