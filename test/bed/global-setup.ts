import type { TestProject } from 'vitest/node';
import { type BedCoordinates, startBed } from './bed.ts';
import { keptBed } from './kept-bed.ts';
import { dropDatabases } from './timescale/drop.ts';
import { NOT_IN_APACHE } from './timescale/edition.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly bed: BedCoordinates;
  }
}

/**
 * One bed for all engine tests of a run: one that is kept (MSR_BED), or one that starts and ends with it. A
 * bed that cannot start fails the run, saying what to install.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { MSR_BED: file } = process.env;
  const { stop, ...coordinates } = await (file === undefined || file === '' ? newBed() : bedOf(file));
  if (coordinates.edition === 'apache') {
    console.error(`bed: not run in the Apache edition: ${NOT_IN_APACHE.join('; ')}`);
  }
  project.provide('bed', coordinates);
  return stop;
}

type OneRun = BedCoordinates & { readonly stop: () => Promise<void> };

async function newBed(): Promise<OneRun> {
  const { createMsr: _, ...bed } = await startBed();
  return bed;
}

async function bedOf(file: string): Promise<OneRun> {
  const bed = await keptBed(file);
  console.error(`bed: the one of ${file}, which is kept`);
  return { ...bed, stop: () => dropDatabases(bed.adminUrl, bed.prefix) };
}
