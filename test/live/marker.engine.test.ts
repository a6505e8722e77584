import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMarker, writeMarker } from '../../src/live/marker.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';

const bed = sharedBed();

let msr: Msr;
beforeAll(async () => {
  msr = await bed.createMsr({ name: 'marker', tasks: 1 });
});
afterAll(() => msr?.drop());

test('the marker that was written last counts, whatever the server says what time it is', async () => {
  const offsets = [{ topic: 't', partition: 0, offset: 1 }];
  await msr.query('admin', async (session) => {
    await writeMarker(session, { recoveryId: 'first', offsets }, 'set');
    await session.query(`UPDATE msr_recovery.marker SET written_at = now() + interval '10 years'`);
    await writeMarker(session, { recoveryId: 'second', offsets }, 'set');
    expect(await readMarker(session)).toMatchObject({ recoveryId: 'second' });
    await writeMarker(session, { recoveryId: 'first', offsets }, 'set');
    expect(await readMarker(session)).toMatchObject({ recoveryId: 'first' });
  });
});
