import { expect, test } from 'vitest';
import { sharedBed } from '../bed/shared-bed.ts';
import { expectSmallDrill } from './expect-small-drill.ts';

// The others are in test/nightly/drills.nightly.test.ts.
test.each([
  ['database-loss', 1_000],
  ['database-corruption', 1_000],
  ['point-in-time', 1_000],
  ['configuration', 0],
] as const)(
  'a small drill after %s loses nothing beyond what is named, and doubles nothing',
  async (disaster, predictedLost) => {
    const report = await expectSmallDrill(sharedBed(), disaster, 5_000);
    // A database that is repaired where it is has no maintenance.
    expect(report).toMatchObject({ predictedLost, lostWithKafka: 0 });
  },
);
