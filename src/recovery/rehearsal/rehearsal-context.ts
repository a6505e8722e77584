import type { Settings } from '../../settings/settings.ts';
import type { DumpContext } from '../restore/fetch-dump.ts';

/** What is longer or larger is told as not verified: a rehearsal must not become a recovery every night. */
export const REHEARSAL_LIMITS = {
  seconds: 30 * 60,
  /** The scratch database's size. */
  bytes: 4 * 1024 ** 3,
  /** A table with more is created, and its rows are left out. */
  rows: 2_000_000,
} as const;

export type RehearsalLimits = { readonly [K in keyof typeof REHEARSAL_LIMITS]: number };

export interface RehearsalContext extends Omit<DumpContext, 'recoveryId'> {
  readonly settings: Pick<Settings, 'databaseUrl' | 'targetDatabaseUrl' | 'pgBin'>;
}
