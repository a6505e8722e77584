import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectClient } from '../../../src/clients/connect.ts';
import type { BedEvent } from '../../bed/events.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitForRunningSink } from '../../bed/sink.ts';
import { waitFor } from '../../bed/wait.ts';
import { sinkState, someEvents, tally } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';
import { backUp } from '../scene.ts';

const bed = sharedBed();
const EVENTS = 400;

/**
 * A source connector that restarts sends what it had sent already once more: the
 * same contents, other records.
 */
describe('events that a source connector sent twice', () => {
  let msr: Msr;
  let directory: string;
  const connect = connectClient({ url: bed.connectUrl });
  let events: readonly BedEvent[];

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'twins', partitions: 2 });
    events = someEvents(msr, EVENTS);
  });
  afterAll(() => msr?.drop());

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  it('do not pass for written where the sink has read the first of them only', async () => {
    await msr.produce(events);
    await msr.waitForEvents(EVENTS);
    await connect.stop(msr.connector);
    await waitFor('the sink to be stopped', async () => (await sinkState(msr)) === 'STOPPED');
    const committed = await connect.offsets(msr.connector);
    await msr.produce(events);
    const manifest = await backUp(msr, directory);
    expect(manifest.cut.offsets).toEqual(committed);
    expect(manifest.events.count).toBe(EVENTS);
    expect(manifest.cut.remarks).toEqual(['the sink was STOPPED and was left as it was found']);
  });

  it('are all written in the end, and a cut behind them holds both', async () => {
    await connect.resume(msr.connector);
    await waitForRunningSink(bed.connectUrl, msr.connector);
    await msr.waitForEvents(2 * EVENTS);
    const manifest = await backUp(msr, directory);
    expect(manifest.cut.remarks).toEqual([]);
    expect(manifest.events.count).toBe(2 * EVENTS);
    expect(await tally(msr)).toEqual({ rows: 2 * EVENTS, numbers: EVENTS });
  });
});
