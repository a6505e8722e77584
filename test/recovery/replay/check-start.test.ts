import { describe, expect, it } from 'vitest';
import { checkStart } from '../../../src/recovery/replay/check-start.ts';

const at = (offset: number, partition = 0) => [{ topic: 't', partition, offset }];

describe('checkStart', () => {
  it.each([
    ['within the log', 50],
    ['at its first offset', 10],
    ['at its end', 90],
  ])('accepts a position %s', (_, position) => {
    expect(() => checkStart(at(position), at(10), at(90))).not.toThrow();
  });

  it('names the hole that retention has torn', () => {
    expect(() => checkStart(at(4), at(10), at(90))).toThrow(
      't-0: the replay must begin at offset 4, but the log begins at 10: 6 offsets are lost for ever',
    );
  });

  it('names a topic that was created anew', () => {
    expect(() => checkStart(at(91), at(0), at(90))).toThrow(
      't-0: the replay must begin at offset 91, but the log ends at 90: the topic was created anew or truncated',
    );
  });

  it('names a partition that is gone', () => {
    expect(() => checkStart(at(4, 1), at(0), at(90))).toThrow("t-1 is in the backup's cut, but not in Kafka");
  });
});
