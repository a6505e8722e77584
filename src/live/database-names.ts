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
  const suffix = `_${what}_${recoveryId.toLowerCase().replace('-', '_')}`;
  const kept = Buffer.from(live)
    .subarray(0, NAME_BYTES - suffix.length)
    .toString();
  // A multi-byte character cut in half would read as U+FFFD.
  return kept.replace(/\uFFFD+$/, '') + suffix;
}
