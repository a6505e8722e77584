import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BedCoordinates } from './bed.ts';
import { keptBed } from './kept-bed.ts';
import { freePort } from './ports.ts';
import { sharedBed } from './shared-bed.ts';

const { createMsr: _, ...bed } = sharedBed();

describe('a bed that is kept', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'msr-kept-bed-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function write(coordinates: BedCoordinates): string {
    const file = join(directory, 'bed.json');
    writeFileSync(file, JSON.stringify(coordinates));
    return file;
  }

  it('serves each run under a prefix of its own, which the bed drops when it ends', async () => {
    const file = write(bed);
    const [first, second] = [await keptBed(file), await keptBed(file)];
    expect(first).toEqual({ ...bed, prefix: expect.stringMatching(`^${bed.prefix}_[0-9a-f]{4}$`) });
    expect(second.prefix).not.toBe(first.prefix);
  });

  it('is refused where there is none, with how to start one', async () => {
    const gone = write({ ...bed, connectUrl: `http://127.0.0.1:${await freePort()}` });
    for (const file of [gone, join(directory, 'absent.json')]) {
      await expect(keptBed(file)).rejects.toMatchObject({
        message: `MSR_BED names ${file}, and no bed is to be reached by it`,
        hint: expect.stringContaining('npm run bed'),
      });
    }
  });
});
