import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { OperatorError } from '../../src/core/operator-error.ts';
import type { BedCoordinates } from './bed.ts';
import { withClient } from './timescale/server.ts';

/**
 * The bed that `npm run bed` keeps, for one run of tests: MSR_BED names the file with its
 * coordinates. Each run gets a prefix of its own below the bed's. What a broken run has left is in
 * nobody's way, and the bed drops it.
 * @param file as `npm run bed` writes it; from a bed of the same checkout
 * @throws OperatorError where no such bed runs
 */
export async function keptBed(file: string): Promise<BedCoordinates> {
  try {
    const coordinates = JSON.parse(readFileSync(file, 'utf8')) as BedCoordinates;
    const [connect] = await Promise.all([
      fetch(coordinates.connectUrl),
      withClient(coordinates.adminUrl, (admin) => admin.query('SELECT 1')),
    ]);
    if (!connect.ok) throw new Error(`Kafka Connect answers ${connect.status}`);
    return { ...coordinates, prefix: `${coordinates.prefix}_${randomBytes(2).toString('hex')}` };
  } catch (cause) {
    throw new OperatorError(`MSR_BED names ${file}, and no bed is to be reached by it`, {
      hint: 'start one by `npm run bed`, or unset MSR_BED: the tests then start a bed of their own',
      cause,
    });
  }
}
