import { expect, it } from 'vitest';
import type { Offsets } from '../../../src/core/offsets.ts';
import { stageEnd } from '../../../src/recovery/replay/stage-end.ts';

/** Offsets of topic `t`, partition by partition; undefined: none. */
function offsets(...values: (number | undefined)[]): Offsets {
  return values.flatMap((offset, partition) =>
    offset === undefined ? [] : [{ topic: 't', partition, offset }],
  );
}

it.each([
  ['up to the boundary', offsets(0, 5), offsets(7, 9), offsets(20, 20), offsets(7, 9), false],
  [
    'up to the ends where they come first',
    offsets(0, 5),
    offsets(70, 90),
    offsets(20, 6),
    offsets(20, 6),
    false,
  ],
  ['not back where they are beyond it', offsets(8, 9), offsets(7, 9), offsets(20, 20), offsets(8, 9), true],
  [
    'not at all in a partition that it does not name',
    offsets(0, 0),
    offsets(7),
    offsets(9, 9),
    offsets(7, 0),
    false,
  ],
  ['from 0 in one that nobody has entered', offsets(7), offsets(7, 3), offsets(9, 9), offsets(7, 3), false],
  ['not at all where nothing is of then', offsets(4, 4), [], offsets(9, 9), offsets(4, 4), true],
])('the records of then reach %s', (_, positions, until, ends, to, reached) => {
  expect(stageEnd(positions, until, ends)).toEqual({ to, reached });
});
