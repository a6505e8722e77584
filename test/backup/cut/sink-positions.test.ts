import { describe, expect, it } from 'vitest';
import { type PositionInputs, sinkPositions } from '../../../src/backup/cut/sink-positions.ts';
import type { Offsets } from '../../../src/core/offsets.ts';

/** Offsets of topic `t`, partition by partition; undefined: none. */
function offsets(...values: (number | undefined)[]): Offsets {
  return values.flatMap((offset, partition) =>
    offset === undefined ? [] : [{ topic: 't', partition, offset }],
  );
}

function inputs(change: Partial<PositionInputs> = {}): PositionInputs {
  const group = change.group ?? offsets(5, 7);
  return {
    topics: [{ name: 't', id: 'uuid', partitions: [0, 1] }],
    connect: group,
    group,
    logStart: offsets(0, 0),
    logEnd: offsets(10, 10),
    ...change,
  };
}

describe("a stopped sink's positions", () => {
  it.each([
    ['are its commits', inputs(), offsets(5, 7), []],
    [
      "are the log's start where it never committed",
      inputs({ group: offsets(5), logStart: offsets(0, 3) }),
      offsets(5, 3),
      [],
    ],
    ['may be the end of the log', inputs({ group: offsets(10, 10) }), offsets(10, 10), []],
    [
      "are the log's start where retention overtook it, and that is said",
      inputs({ logStart: offsets(0, 9) }),
      offsets(5, 9),
      ['t-1: retention has dropped 2 offsets that the sink had not read'],
    ],
    [
      'are not those of a topic that it no longer reads',
      inputs({
        connect: [...offsets(5, 7), { topic: 'former', partition: 0, offset: 3 }],
        group: offsets(5, 7),
      }),
      offsets(5, 7),
      [],
    ],
    ['are none of a sink that has read nothing', inputs({ group: [] }), offsets(0, 0), []],
  ])('%s', (_, given, expected, remarks) => {
    expect(sinkPositions(given)).toEqual({ offsets: expected, remarks });
  });

  it.each([
    [
      inputs({ connect: offsets(5, 6) }),
      "Kafka Connect and the consumer group disagree on the sink's offsets: t-1 6 and 7",
      'another consumer may use the group; take the backup again once both agree',
    ],
    [
      inputs({ connect: offsets(5) }),
      "Kafka Connect and the consumer group disagree on the sink's offsets: t-1 none and 7",
      'another consumer may use the group; take the backup again once both agree',
    ],
    [
      inputs({ logEnd: offsets(10, 6) }),
      "the sink's offset of t-1 is 7, but its log ends at 6",
      'the topic was created anew or truncated: reset the sink to where it stands in the new topic first',
    ],
    [
      inputs({ group: offsets(5, 7, 9) }),
      "the sink's offset of t-2 is 9, but its log ends at 0",
      'the topic was created anew or truncated: reset the sink to where it stands in the new topic first',
    ],
  ])('are refused where they make no sense (%#)', (given, message, hint) => {
    expect(() => sinkPositions(given)).toThrow(
      expect.objectContaining({ name: 'PositionsDisagreeError', message, hint }),
    );
  });
});
