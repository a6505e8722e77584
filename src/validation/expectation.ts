import type { HourDigest } from '../ledger/digest.ts';
import type { JobFlag } from '../live/jobs.ts';

/** What the database must hold beyond being a whole MSR; each part is compared where it is given. */
export interface ValidationExpectation {
  readonly events?: number;
  readonly digests?: readonly HourDigest[];
  /** The jobs as they were at the backup. */
  readonly jobs?: readonly JobFlag[];
  /** All jobs sleep, their flags are kept to be given back: the database is not live yet. @default false */
  readonly jobsAsleep?: boolean;
}
