import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Certificates (PEM) as text, beside the secret variables of an instance: where Lambdas and tasks run nobody can lay
 * down the file that MSR_CA_FILE names.
 */
export const CA_PEM_VARIABLE = 'MSR_CA_PEM';

const files = new Map<string, string>();

/**
 * A file of this process that holds the text: libpq, and so pg_dump, takes authorities from a file only. One for each
 * text, however often it is asked for, in a directory that no other user can write to.
 */
export function certificateFile(pem: string): string {
  const known = files.get(pem);
  if (known !== undefined) return known;
  const path = join(mkdtempSync(join(tmpdir(), 'msr-ca-')), 'ca.pem');
  writeFileSync(path, pem, { mode: 0o600 });
  files.set(pem, path);
  return path;
}
