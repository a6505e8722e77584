import { inject } from 'vitest';
import { type BedHandle, connectToBed } from './bed.ts';

/**
 * The bed that global-setup.ts started for this worker; each test makes an MSR of its own on it. Vitest gives
 * VITEST_POOL_ID from 1 to its number of workers, and no two files that run at once the same.
 */
export function sharedBed(): BedHandle {
  const beds = inject('beds');
  const bed = beds[(Number(process.env.VITEST_POOL_ID) - 1) % beds.length];
  if (bed === undefined) throw new Error(`no bed for worker ${process.env.VITEST_POOL_ID}`);
  return connectToBed(bed);
}
