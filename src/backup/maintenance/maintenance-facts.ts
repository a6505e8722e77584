import type { Session } from '../../clients/postgres.ts';

/** What the database says of MSR's maintenance. */
export interface MaintenanceFacts {
  /** DATA_RETENTION_CRON_EXPRESSION; empty where it is not configured. */
  readonly cron: string;
  readonly lastRefresh: Date | undefined;
}

export async function readMaintenance(session: Session): Promise<MaintenanceFacts> {
  const { rows } = await session.query<{ cron: string | null; last_refresh: Date | null }>(
    `SELECT (SELECT value FROM msr.configuration WHERE config_key = 'DATA_RETENTION_CRON_EXPRESSION') AS cron,
            (SELECT last_refresh FROM msr.snapshot_pointer WHERE id = 1) AS last_refresh`,
  );
  return { cron: rows[0]?.cron ?? '', lastRefresh: rows[0]?.last_refresh ?? undefined };
}
