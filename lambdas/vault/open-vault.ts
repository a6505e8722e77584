import { fileURLToPath } from 'node:url';
import { OperatorError } from '../operator-error.ts';
import { FileVault } from './file-vault.ts';
import type { Vault } from './vault.ts';

/**
 * The vault that a URL names. Nothing is touched: the first read or write finds out whether it is usable.
 * @param url `file:///absolute/directory`
 * @throws OperatorError for any other URL
 */
export function openVault(url: string): Vault {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 's3:') {
    throw new OperatorError(`the vault ${url} is in S3, which this version of msr cannot use yet`, {
      hint: 'name a directory instead: MSR_VAULT_URL=file:///var/backups/msr',
    });
  }
  if (parsed?.protocol !== 'file:' || !['', 'localhost'].includes(parsed.host)) throw notAVault(url);
  return new FileVault(fileURLToPath(parsed), url.replace(/\/+$/, ''));
}

function notAVault(url: string): OperatorError {
  return new OperatorError(`${url} is not the URL of a vault`, {
    hint: 'expected an absolute directory with three slashes: MSR_VAULT_URL=file:///var/backups/msr',
  });
}
