import { inject } from 'vitest';
import { type BedHandle, connectToBed } from './bed.ts';

/** The bed that global-setup.ts started for this run; each test makes an MSR of its own on it. */
export function sharedBed(): BedHandle {
  return connectToBed(inject('bed'));
}
