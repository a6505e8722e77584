import { describe, expect, test } from 'vitest';
import { decideHeld } from '../../src/live/live-server.ts';
import type { Marker } from '../../src/live/marker.ts';

const here = 'fork:5432/msr';
const elsewhere = 'live:5432/msr';
const [R1, R2] = ['20261123T041500Z-0001', '20261123T041500Z-0002'];

const marker = (recoveryId: string, sinkServer: string | undefined): Marker => ({
  ...{ recoveryId, sinkServer, offsets: [], state: 'set' as const },
});

describe('what has the live name on the server of a recovery', () => {
  test.each([
    ['that the sink is pointed at', false, marker(R1, here), marker(R1, here), 'live'],
    ['that the sink is pointed at, in place', true, marker(R1, here), marker(R1, here), 'live'],
    ['that waits in place for its cutover', true, undefined, undefined, 'waiting'],
    ['that an undo has left in place', true, marker(R1, undefined), marker(R1, undefined), 'waiting'],
    ['that is not in place and was never pointed at', false, undefined, undefined, 'foreign'],
    ['that is a copy of one', false, marker(R1, elsewhere), marker(R1, elsewhere), 'foreign'],
    ['that is a copy of one in place', true, marker(R1, elsewhere), marker(R1, elsewhere), 'foreign'],
    ['that a later recovery has left', false, marker(R2, here), marker(R1, here), 'foreign'],
    ['in place that a later recovery has left', true, marker(R2, here), marker(R1, here), 'foreign'],
    ['whose later recovery was within it', false, marker(R2, undefined), marker(R1, here), 'live'],
  ] as const)('a recovered database %s', (_, inPlace, latest, own, held) => {
    expect(decideHeld({ recoveryId: R1, inPlace }, { here, latest, own })).toBe(held);
  });
});
