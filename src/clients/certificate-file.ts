import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, OperatorError } from '../core/operator-error.ts';

/**
 * Certificates (PEM) as text, beside the secret variables of an instance: where Lambdas and tasks run nobody
 * can lay down the file that MSR_CA_FILE names.
 */
export const CA_PEM_VARIABLE = 'MSR_CA_PEM';

const files = new Map<string, string>();

/**
 * A file of this process that holds the text: libpq, and so pg_dump, takes authorities from a file only. One
 * for each text, however often it is asked for, in a directory that no other user can write to.
 */
export function certificateFile(pem: string): string {
  const known = files.get(pem);
  if (known !== undefined) return known;
  const path = join(mkdtempSync(join(tmpdir(), 'msr-ca-')), 'ca.pem');
  writeFileSync(path, pem, { mode: 0o600 });
  files.set(pem, path);
  return path;
}

/**
 * A setting that holds PEM, or names the file that does: a secret holds the text, a machine has the file.
 * @param variable for messages, which never hold the value
 * @throws OperatorError where it is neither
 */
export function pemText(variable: string, value: string): string {
  const text = value.includes('-----BEGIN ') ? value : readPem(variable, value);
  if (text.includes('-----BEGIN ')) return text;
  throw new OperatorError(`the file that ${variable} names holds no PEM`, {
    hint: 'it begins with -----BEGIN …-----',
  });
}

function readPem(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new OperatorError(`${variable} is no PEM, and no file that can be read: ${messageOf(cause)}`, {
      hint: `let ${variable} hold the PEM text, or the path of a file that the user who runs msr may read`,
      cause,
    });
  }
}
