import { OperatorError } from '../core/operator-error.ts';

/** What a vault keeps for itself in a directory: drafts, mutexes, folders on their way out. Never listed. */
export const OWN_PREFIX = '.msr-';

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
