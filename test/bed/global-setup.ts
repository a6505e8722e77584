import type { TestProject } from 'vitest/node';
import { type BedCoordinates, startBed } from './bed.ts';
import { bedsAtOnce } from './beds-at-once.ts';
import { keptBed } from './kept-bed.ts';
import { dropDatabases } from './timescale/drop.ts';
import { NOT_IN_APACHE } from './timescale/edition.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly beds: readonly BedCoordinates[];
  }
}

/**
 * The beds of a run: one that is kept (MSR_BED), or as many as files run at once (MSR_BEDS, 1 unless told),
 * which start and end with it. A bed that cannot start fails the run, saying what to install.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { MSR_BED: file } = process.env;
  const beds = await (file === undefined || file === '' ? newBeds(bedsAtOnce()) : bedOf(file));
  const coordinates = beds.map(({ stop: _, ...bed }) => bed);
  if (coordinates.some(({ edition }) => edition === 'apache')) {
    console.error(`bed: not run in the Apache edition: ${NOT_IN_APACHE.join('; ')}`);
  }
  project.provide('beds', coordinates);
  return () => stopAll(beds);
}

type OneRun = BedCoordinates & { readonly stop: () => Promise<void> };

async function newBeds(count: number): Promise<readonly OneRun[]> {
  const starts = await Promise.allSettled(Array.from({ length: count }, () => startBed()));
  const beds = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failure = starts.find((start) => start.status === 'rejected');
  if (failure !== undefined) {
    await stopAll(beds);
    throw failure.reason;
  }
  return beds.map(({ createMsr: _, ...bed }) => bed);
}

async function stopAll(beds: ReadonlyArray<Pick<OneRun, 'stop'>>): Promise<void> {
  await Promise.all(beds.map(({ stop }) => stop()));
}

async function bedOf(file: string): Promise<readonly OneRun[]> {
  const bed = await keptBed(file);
  console.error(`bed: the one of ${file}, which is kept`);
  return [{ ...bed, stop: () => dropDatabases(bed.adminUrl, bed.prefix) }];
}
