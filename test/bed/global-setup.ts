import type { TestProject } from 'vitest/node';
import { type BedCoordinates, startBed } from './bed.ts';
import { NOT_IN_APACHE } from './timescale/edition.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly bed: BedCoordinates;
  }
}

/** One bed for all engine tests of a run. A bed that cannot start fails the run, saying what to install. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, createMsr: _, ...coordinates } = await startBed();
  if (coordinates.edition === 'apache') {
    console.error(`bed: not run in the Apache edition: ${NOT_IN_APACHE.join('; ')}`);
  }
  project.provide('bed', coordinates);
  return stop;
}
