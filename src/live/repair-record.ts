import { z } from 'zod';
import {
  DatabaseConnectionError,
  type Session,
  SqlState,
  sqlState,
  withSession,
} from '../clients/postgres.ts';
import type { DatabaseServers } from '../settings/settings.ts';
import { liveDatabaseUrl } from './live-database.ts';
import { ForeignDatabaseError } from './live-server.ts';
import { RECOVERY_SCHEMA } from './recovery-schema.ts';

/** What a repair of some hours has left in the live database. */
export interface RepairRecord {
  readonly recoveryId: string;
  readonly backupId: string;
  readonly hours: ReadonlyArray<{ readonly table: string; readonly hour: string }>;
  /** Rows that it took out, and rows that it put in. */
  readonly replaced: number;
  readonly put: number;
  /** ISO 8601. */
  readonly repairedAt: string;
  /** undefined: it stands. */
  readonly undoneAt: string | undefined;
}

const row = z.object({
  recovery_id: z.string(),
  backup_id: z.string(),
  hours: z.array(z.object({ table: z.string(), hour: z.string() })),
  replaced: z.coerce.number(),
  put: z.coerce.number(),
  repaired_at: z.date(),
  undone_at: z.date().nullable(),
});

/** undefined where the session's database holds no such repair. */
export async function readRepair(session: Session, recoveryId: string): Promise<RepairRecord | undefined> {
  try {
    const { rows } = await session.query(`SELECT * FROM ${RECOVERY_SCHEMA}.repair WHERE recovery_id = $1`, [
      recoveryId,
    ]);
    return rows[0] === undefined ? undefined : parse(rows[0]);
  } catch (error) {
    const state = sqlState(error);
    if (state === SqlState.undefinedTable || state === SqlState.invalidSchemaName) return undefined;
    throw error;
  }
}

function parse(raw: unknown): RepairRecord {
  const found = row.parse(raw);
  return {
    ...{ recoveryId: found.recovery_id, backupId: found.backup_id, hours: found.hours },
    ...{ replaced: found.replaced, put: found.put, repairedAt: found.repaired_at.toISOString() },
    undoneAt: found.undone_at?.toISOString(),
  };
}

/** In the transaction that replaces the rows. */
export async function writeRepair(
  session: Session,
  { recoveryId, backupId, hours, replaced, put }: Omit<RepairRecord, 'repairedAt' | 'undoneAt'>,
): Promise<void> {
  await session.query(
    `INSERT INTO ${RECOVERY_SCHEMA}.repair (recovery_id, backup_id, hours, replaced, put)
     VALUES ($1, $2, $3::jsonb, $4, $5)`,
    [recoveryId, backupId, JSON.stringify(hours), replaced, put],
  );
}

/** In the transaction that puts the old rows back. */
export async function markUndone(session: Session, recoveryId: string): Promise<void> {
  await session.query(
    `UPDATE ${RECOVERY_SCHEMA}.repair SET undone_at = clock_timestamp() WHERE recovery_id = $1`,
    [recoveryId],
  );
}

/**
 * Whether the live database holds the repair, undone or not: its commit point is passed.
 * @returns false where it cannot be asked
 */
export async function isRepaired(servers: DatabaseServers, recoveryId: string): Promise<boolean> {
  try {
    const url = await liveDatabaseUrl(servers);
    return await withSession(
      url,
      { purpose: 'look for repair' },
      async (session) => (await readRepair(session, recoveryId)) !== undefined,
    );
  } catch (error) {
    const isUnanswered = error instanceof DatabaseConnectionError || error instanceof ForeignDatabaseError;
    if (isUnanswered || sqlState(error) === SqlState.insufficientPrivilege) return false;
    throw error;
  }
}
