import { fileURLToPath } from 'node:url';
import { s3Client } from '../clients/s3.ts';
import { OperatorError } from '../core/operator-error.ts';
import { FileVault } from './file-vault.ts';
import { S3Vault } from './s3-vault.ts';
import type { Vault } from './vault.ts';

/**
 * The vault that a URL names. Nothing is touched: the first read or write finds out whether it is usable.
 * @param url `file:///absolute/directory`, or `s3://bucket/prefix` with its parameters (see parseS3Location)
 * @throws OperatorError for any other URL
 */
export function openVault(url: string): Vault {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 's3:') return new S3Vault(url, s3Client());
  if (parsed?.protocol !== 'file:' || !['', 'localhost'].includes(parsed.host)) throw notAVault(url);
  return new FileVault(fileURLToPath(parsed), url.replace(/\/+$/, ''));
}

function notAVault(url: string): OperatorError {
  return new OperatorError(`${url} is not the URL of a vault`, {
    hint: 'expected an absolute directory with three slashes: MSR_VAULT_URL=file:///var/backups/msr',
  });
}
