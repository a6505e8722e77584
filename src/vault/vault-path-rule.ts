import { OperatorError } from '../core/operator-error.ts';

/** What a vault keeps for itself in a directory: drafts, mutexes, folders on their way out. Never listed. */
export const OWN_PREFIX = '.msr-';

const BACKUP_DOCUMENTS = ['begun.json', 'pending.json', 'verification.json'];

/**
 * Whether a path is that of an artifact: what a backup consists of, its manifest included, and what a replay
 * has set aside. It is immutable, and under Object Lock where the vault has that. Everything else is a
 * document.
 */
export function isArtifact(path: string): boolean {
  const [folder, , ...rest] = path.split('/');
  if (folder === 'recoveries') return rest.length > 1 && rest[0] === 'quarantine';
  return (
    folder === 'backups' &&
    rest.length > 0 &&
    !(rest.length === 1 && BACKUP_DOCUMENTS.includes(rest[0] ?? ''))
  );
}

/**
 * Documents that stay readable where an earlier configuration kept them beside the
 * artifacts: they tell of the past.
 */
export function isHistory(path: string): boolean {
  return path.startsWith('recoveries/') || /^backups\/[^/]+\/verification\.json$/.test(path);
}

/**
 * The segments of a path inside a vault; a path may have come from a manifest that nobody should trust.
 * @throws OperatorError for a path that is not plainly below the root
 */
export function pathSegments(path: string): string[] {
  const segments = path.replace(/\/$/, '').split('/');
  const foreign = segments.some(
    (segment) => /^\.{0,2}$/.test(segment) || segment.startsWith(OWN_PREFIX) || /[\\\0]/.test(segment),
  );
  if (!foreign) return segments;
  throw new OperatorError(`${JSON.stringify(path)} is not a path inside a vault`, {
    hint: 'a path in a vault is relative and has neither . nor .. in it; if a manifest says so, do not trust it',
  });
}
