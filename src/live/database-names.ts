import { databaseName } from '../clients/postgres-url.ts';
import type { Settings } from '../settings/settings.ts';

/** PostgreSQL's limit for a name, in bytes. */
const NAME_BYTES = 63;

/** The database that a recovery builds beside the live one: `msr_new_20261123t041500z_9f3a`. */
export function newDatabaseName(live: string, recoveryId: string): string {
  return databaseNameWith(live, 'new', recoveryId);
}

/** The name under which a cutover keeps the database it replaced, until `msr cleanup`. */
export function oldDatabaseName(live: string, recoveryId: string): string {
  return databaseNameWith(live, 'old', recoveryId);
}

function databaseNameWith(live: string, what: 'new' | 'old', recoveryId: string): string {
  return nameWith(live, `_${what}_${recoveryId.toLowerCase().replace('-', '_')}`);
}

/** The live name, cut so that it fits, and the suffix. */
export function nameWith(live: string, suffix: string): string {
  const kept = Buffer.from(live)
    .subarray(0, NAME_BYTES - suffix.length)
    .toString();
  // A multi-byte character cut in half would read as U+FFFD.
  return kept.replace(/\uFFFD+$/, '') + suffix;
}

/** The names that the databases of one recovery have. */
export interface RecoveryNames {
  readonly live: string;
  /** The recovered database, while it does not hold the live name. */
  readonly recovered: string;
  /** The name of the one that it replaced. */
  readonly old: string;
}

/** Pure: the names follow from the live one and the recovery's id, so that every process finds the same. */
export function recoveryNames(settings: Pick<Settings, 'databaseUrl'>, recoveryId: string): RecoveryNames {
  const live = databaseName(settings.databaseUrl);
  return {
    live,
    recovered: newDatabaseName(live, recoveryId),
    old: oldDatabaseName(live, recoveryId),
  };
}

/** Which of a recovery's databases has a name that is not live. */
export interface NameOrigin {
  readonly recoveryId: string;
  /** old: replaced by a cutover · new: built by a recovery that never cut over, or was undone. */
  readonly kind: 'old' | 'new';
}

/**
 * Whose a database is by its name; undefined for every name that a recovery of `live` would not give. Pure.
 */
export function nameOrigin(database: string, live: string): NameOrigin | undefined {
  const match = /_(old|new)_(\d{8}t\d{6}z)_([0-9a-f]{4})$/.exec(database);
  if (match === null) return undefined;
  const [, kind, stamp = '', random = ''] = match;
  const recoveryId = `${stamp.toUpperCase()}-${random}`;
  const expected = kind === 'old' ? oldDatabaseName(live, recoveryId) : newDatabaseName(live, recoveryId);
  return database === expected ? { recoveryId, kind: kind === 'old' ? 'old' : 'new' } : undefined;
}
