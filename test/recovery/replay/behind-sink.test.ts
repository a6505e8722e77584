import { expect, it } from 'vitest';
import { behindSink } from '../../../src/recovery/replay/behind-sink.ts';

const at = (partition: number, offset: number) => ({ topic: 't', partition, offset });

it.each([
  ['as far as the sink has committed', [at(0, 5)], [at(0, 9)], [at(0, 20)], [at(0, 9)]],
  ['never back', [at(0, 12)], [at(0, 9)], [at(0, 20)], [at(0, 12)]],
  ['nowhere where the sink has committed nothing', [at(0, 5)], [], [at(0, 20)], [at(0, 5)]],
  ['not beyond the end of the log', [at(0, 5)], [at(0, 90)], [at(0, 20)], [at(0, 20)]],
  ['from the start in a partition that is new', [], [at(1, 4)], [at(0, 3), at(1, 8)], [at(0, 0), at(1, 4)]],
])('a replay behind the sink goes %s', (_, positions, committed, ends, expected) => {
  expect(behindSink(positions, committed, ends)).toEqual(expected);
});
