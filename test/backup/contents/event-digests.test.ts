import { describe, expect, it } from 'vitest';
import { sliceConditions } from '../../../src/backup/contents/event-digests.ts';

describe('slices of the events', () => {
  it.each([
    [[], ['true']],
    [['a'], ['true']],
    [
      ['a', 'b', 'c'],
      ["event_timestamp < 'b'", "event_timestamp >= 'b' AND event_timestamp < 'c'", "event_timestamp >= 'c'"],
    ],
  ])('of chunks %j are %j', (starts, conditions) => {
    expect(sliceConditions(starts)).toEqual(conditions);
  });

  it('stay few, and leave nothing between them', () => {
    const starts = Array.from({ length: 721 }, (_, hour) => `${hour}`);
    const slices = sliceConditions(starts);
    expect(slices.length).toBeLessThanOrEqual(49);
    const untils = slices.slice(0, -1).map((where) => /< '(\d+)'/.exec(where)?.[1]);
    const froms = slices.slice(1).map((where) => />= '(\d+)'/.exec(where)?.[1]);
    expect(untils).toEqual(froms);
  });
});
