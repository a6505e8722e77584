import { expect, test } from 'vitest';
import { sharedBed } from '../bed/shared-bed.ts';
import { KAFKA_DISASTERS } from '../drill/disasters.ts';
import { expectSmallDrill } from '../drill/expect-small-drill.ts';

test.each(KAFKA_DISASTERS)(
  'a small drill after %s loses what was predicted, and no more',
  async (disaster) => {
    expect((await expectSmallDrill(sharedBed(), disaster, 5_000)).lostWithKafka).toBeGreaterThan(0);
  },
);

test.each(['partial', 'zone'] as const)('a small drill of %s loses nothing', async (disaster) => {
  await expectSmallDrill(sharedBed(), disaster, 5_000);
});
