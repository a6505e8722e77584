import { OperatorError } from '../core/operator-error.ts';

/** Something is stored under this path already, and artifacts are never overwritten. */
export class VaultObjectExistsError extends OperatorError {
  override readonly name = 'VaultObjectExistsError';
  readonly path: string;

  constructor(path: string, url: string) {
    super(`${path} is in the vault ${url} already, and what is stored there is never overwritten`, {
      hint: 'run the command again: it takes a new id',
    });
    this.path = path;
  }
}

/** An artifact that a manifest or a caller names is not in the vault. */
export class VaultObjectMissingError extends OperatorError {
  override readonly name = 'VaultObjectMissingError';
  readonly path: string;

  constructor(path: string, url: string) {
    super(`${path} is not in the vault ${url}`, {
      hint: 'it was deleted or MSR_VAULT_URL names another vault; `msr backups list` shows what is there',
    });
    this.path = path;
  }
}

/** The vault could not be written: rights, space, or something in the way. `cause` is the system's error. */
export class VaultWriteError extends OperatorError {
  override readonly name = 'VaultWriteError';
}

/** The vault refused to be read. Never to be taken for 'nothing stored'. */
export class VaultReadError extends OperatorError {
  override readonly name = 'VaultReadError';
}

/** A system error of Node: `code` and `syscall` as errno(3) and the failing call name them. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}

/** Whether it is a system error with one of these codes (`ENOENT`). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return isSystemError(error) && codes.includes(error.code);
}

const WRITE_FAULTS: Readonly<Record<string, readonly [fact: string, hint: string]>> = {
  EACCES: [
    'permission denied',
    'let the user that runs msr own the directory, or name another one in MSR_VAULT_URL',
  ],
  EPERM: [
    'operation not permitted',
    'let the user that runs msr own the directory, or name another one in MSR_VAULT_URL',
  ],
  EROFS: ['the file system is read-only', 'mount it read-write, or name another directory in MSR_VAULT_URL'],
  ENOSPC: ['no space left on the device', 'free space there, or name a larger disk in MSR_VAULT_URL'],
  EDQUOT: ['the disk quota is used up', 'raise the quota, or name another disk in MSR_VAULT_URL'],
  EEXIST: ['a file stands where a directory is needed', 'name a directory in MSR_VAULT_URL'],
  ENOTDIR: ['a part of the path is a file, not a directory', 'name a directory in MSR_VAULT_URL'],
  EIO: ['the disk reports an input/output error', 'look at the disk (dmesg) before you trust this vault'],
};

/** link(2) says EPERM where the file system has no hard links (FAT, some SMB mounts). */
const NO_HARD_LINKS = [
  'its file system has no hard links, by which a write is exclusive',
  'use a local disk or an NFS mount',
] as const;

function faultOf({ code, syscall }: NodeJS.ErrnoException & { code: string }) {
  const linkless = syscall === 'link' && ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code);
  return linkless ? NO_HARD_LINKS : WRITE_FAULTS[code];
}

/**
 * What a failed write means to an operator.
 * @returns the error to throw: a VaultWriteError for a system error of the file
 *   system, otherwise what came in
 */
export function writeFault(error: unknown, path: string, url: string): unknown {
  if (!isSystemError(error) || error.syscall === 'read') return error;
  const [fact, hint] = faultOf(error) ?? [error.message, 'mend what the system says, then run it again'];
  return new VaultWriteError(`the vault ${url} cannot be written (${path}): ${fact}`, { hint, cause: error });
}

/** Like `writeFault`, for reads: a refusal is an error, never 'nothing stored'. */
export function readFault(error: unknown, path: string, url: string): unknown {
  if (!isSystemError(error)) return error;
  const [fact] = WRITE_FAULTS[error.code] ?? [error.message];
  return new VaultReadError(`the vault ${url} cannot be read (${path}): ${fact}`, {
    hint: 'let the user that runs msr read the directory, and check MSR_VAULT_URL',
    cause: error,
  });
}
