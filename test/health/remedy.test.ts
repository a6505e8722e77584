import { expect, it } from 'vitest';
import { poisonInTrace } from '../../src/health/poison-record.ts';
import { decideRemedy, type RemedyScene } from '../../src/health/remedy.ts';

const NOW = new Date('2026-11-27T10:00:00.000Z');
const scene: RemedyScene = {
  ...{ allowed: true, frozen: false, poison: 'none', before: undefined, connector: 'sink', now: NOW },
};
const restarted = (at: string, connector = 'sink') => ({ connector, at, trace: '' });
const poison = { topic: 'gis.geo', partition: 2, offset: 17, reason: 'its state holds \\u0000' };

it.each<[string, Partial<RemedyScene>, boolean, RegExp | undefined]>([
  ['once, where that is allowed', {}, true, undefined],
  ['not without leave', { allowed: false }, false, undefined],
  ['not what msr holds still', { frozen: true }, false, undefined],
  ['not at a poison record, which is named', { poison }, false, /offset 17 of gis\.geo-2 \(its state holds/],
  ['not without leave either, but named', { poison, allowed: false }, false, /offset 17 of gis\.geo-2/],
  [
    'not where nobody could look',
    { poison: { notKnown: 'no broker answers' } },
    false,
    /not known \(no broker answers\)/,
  ],
  ['not twice a day', { before: restarted('2026-11-27T04:00:00.000Z') }, false, /once a day/],
  ['again on another day', { before: restarted('2026-11-25T04:00:00.000Z') }, true, undefined],
  ['whatever another sink did', { before: restarted('2026-11-27T04:00:00.000Z', 'other') }, true, undefined],
])('restarts %s', (_, change, restart, why) => {
  const remedy = decideRemedy({ ...scene, ...change });
  expect(remedy.restart).toBe(restart);
  if ('why' in remedy && why !== undefined) expect(remedy.why).toMatch(why);
});

it.each([
  ["Error converting message value in topic 'gis.geo' partition 0 at offset 12 and timestamp 1: x", 12],
  ['record in topic gis.geo, partition 3, offset 99: bad', 99],
])('finds the record that Connect names in %j', (trace, offset) => {
  expect(poisonInTrace(trace)).toMatchObject({ topic: 'gis.geo', offset });
});

it('finds none where the database refused a batch', () => {
  expect(poisonInTrace('ERROR: unsupported Unicode escape sequence')).toBeUndefined();
});
