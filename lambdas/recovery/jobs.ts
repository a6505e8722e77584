import type { Session } from '../clients/postgres.ts';

/** A TimescaleDB job as backups and recoveries know it: ids change whenever a policy is made anew, these do not. */
export interface JobFlag {
  /** `schema.name` of the procedure. */
  readonly procedure: string;
  /** `schema.name` of the hypertable, or of the continuous aggregate; null for a job of its own. */
  readonly hypertable: string | null;
  readonly scheduled: boolean;
}

/** The jobs of a database (not TimescaleDB's own, whose ids are below 1000), in order of procedure and hypertable. */
export async function readJobs(_session: Session): Promise<JobFlag[]> {
  return [];
}
