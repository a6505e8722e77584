import type { HourDigest } from '../ledger/digest.ts';
import type { JobFlag } from '../recovery/jobs.ts';
import type { ValidationReport } from './report.ts';

/** What the database must hold beyond being a whole MSR; each part is compared where it is given. */
export interface ValidationExpectation {
  readonly events?: number;
  readonly digests?: readonly HourDigest[];
  /** The jobs as they were at the backup. */
  readonly jobs?: readonly JobFlag[];
  /** All jobs sleep: the database is not live yet. @default false */
  readonly jobsAsleep?: boolean;
}

export interface ValidationOptions {
  readonly expected?: ValidationExpectation;
  /**
   * `structure` leaves out what reads every event (counts, digests): for the moments while the sink stands still.
   * @default 'full'
   */
  readonly depth?: 'full' | 'structure';
}

/**
 * The playbook's Post-Recovery Validation but for the API test. Only reads; needs no superuser.
 * Never throws for what is wrong with the database: that is a check's outcome.
 */
export async function validateDatabase(
  _url: string,
  _options: ValidationOptions = {},
): Promise<ValidationReport> {
  throw new Error('not built yet');
}
