import type { Manifest } from '../../manifest.ts';
import type { RecoveryContext } from '../context.ts';

export interface RestoredDatabase {
  /** Its name on the target server. */
  readonly database: string;
  /** A superuser's URL of it. Holds a password. */
  readonly targetUrl: string;
  /** An earlier run of this recovery had finished it. */
  readonly skipped: boolean;
  readonly steps: readonly { readonly name: string; readonly seconds: number }[];
  /** What an operator must know or do: roles made without password, for instance. */
  readonly remarks: readonly string[];
}

/**
 * Builds the baseline in a new database beside the live one, closed to all but superusers, and proves it against
 * the manifest. Idempotent: finished → skipped; half-done by this recovery → dropped and done again.
 * @throws OperatorError before anything is touched, where dump, server or name are not fit; afterwards where the
 *   restored rows are not those of the manifest
 */
export async function restoreDatabase(_ctx: RecoveryContext, _manifest: Manifest): Promise<RestoredDatabase> {
  throw new Error('not built yet');
}
