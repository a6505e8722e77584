import type { SpaceNeed, SpacePlace } from '../retention/disk-plan.ts';
import { gigabytes } from '../retention/disk-plan.ts';
import { type DoctorCheck, notChecked, ok } from './doctor-report.ts';

/** What is there of the space that is needed. */
export interface SpaceFound {
  /** undefined where nobody can tell: another machine's disk, S3. */
  readonly freeBytes: number | undefined;
  /** The part of the need that is taken already: the backups that lie there. */
  readonly usedBytes: number;
}

/** A check a place: whether what is still needed is free there. Pure. */
export function diskChecks(
  needs: readonly SpaceNeed[],
  found: Readonly<Partial<Record<SpacePlace, SpaceFound>>>,
): DoctorCheck[] {
  return needs.map((need) => {
    const name = `space: ${need.place}`;
    const sum = `${need.what}: ${gigabytes(need.bytes)} (${need.arithmetic})`;
    const { freeBytes, usedBytes } = found[need.place] ?? { freeBytes: undefined, usedBytes: 0 };
    if (freeBytes === undefined)
      return notChecked(name, `${sum}; what is free there cannot be seen from here`);
    const left = Math.max(0, need.bytes - usedBytes);
    const have = usedBytes === 0 ? '' : `${gigabytes(usedBytes)} are there, `;
    const fact = `${sum}; ${have}${gigabytes(freeBytes)} free`;
    if (freeBytes >= left) return ok(name, fact);
    return { name, outcome: SHORT[need.place], fact, hint: HINTS[need.place] };
  });
}

/** A recovery refuses to begin without its room; the others fill over weeks. */
const SHORT: Readonly<Record<SpacePlace, 'failed' | 'warning'>> = {
  vault: 'warning',
  kafka: 'warning',
  'database server': 'failed',
  'temporary directory': 'warning',
};

const HINTS: Readonly<Record<SpacePlace, string>> = {
  vault: 'make it larger, or keep fewer backups (MSR_KEEP_DAILY, MSR_KEEP_WEEKLY, MSR_KEEP_MONTHLY)',
  kafka: "enlarge the brokers' disks before you raise retention.ms: a full broker stops",
  'database server': 'make it larger, or name another server in MSR_TARGET_DATABASE_URL',
  'temporary directory': 'set TMPDIR to a larger disk where `msr recover` is run; a task has its own',
};
