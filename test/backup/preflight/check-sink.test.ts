import { describe, expect, it } from 'vitest';
import { requireSameGroup } from '../../../src/backup/preflight/check-sink.ts';

const sink = { connector: 'cdc-sink', group: 'connect-cdc-sink' };
const offsets = [{ topic: 't', partition: 0, offset: 5 }];

describe("the sink's group", () => {
  it.each([
    ['both have commits, though a running sink has moved on', offsets, [{ ...offsets[0], offset: 9 }]],
    ['neither has, since nothing was delivered yet', [], []],
  ])('is taken for its own where %s', (_, connect, group) => {
    expect(() => requireSameGroup(sink, connect, group as typeof offsets)).not.toThrow();
  });

  it('is refused where Connect knows commits that it does not have', () => {
    expect(() => requireSameGroup(sink, offsets, [])).toThrow(
      expect.objectContaining({
        message:
          'Kafka Connect has offsets of cdc-sink, but its group connect-cdc-sink has none: the worker names another group',
        hint: "put the worker's consumer.group.id into the connector's configuration as consumer.override.group.id",
      }),
    );
  });
});
