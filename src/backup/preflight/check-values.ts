import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { isEnvelope } from '../../sink/envelope.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';

export interface ValueQuestion {
  readonly reader: KafkaReader;
  readonly signal: AbortSignal;
  /** The partitions to look into. */
  readonly logStart: Offsets;
  readonly logEnd: Offsets;
}

/**
 * A connector without a converter of its own has the worker's, which Connect's REST API does not tell. That
 * it is JsonConverter with schemas is told by the oldest and the newest record of each partition: JDBC sinks
 * write nothing else of what we read.
 * @throws OperatorError naming the first record that is none
 */
export async function requireEnvelopes(
  { connector, converter }: Pick<SinkConfig, 'connector' | 'converter'>,
  question: ValueQuestion,
): Promise<void> {
  if (converter === 'connector') return;
  const foreign = await foreignValue(question);
  if (foreign === undefined) return;
  throw new OperatorError(
    `connector ${connector} has no value.converter of its own, and the record at ${foreign} is no JSON with a schema`,
    {
      hint: "msr reads Connect's JSON with schemas alone; if that is the worker's converter all the same, put value.converter and value.converter.schemas.enable into the connector",
    },
  );
}

async function foreignValue({
  reader,
  signal,
  logStart,
  logEnd,
}: ValueQuestion): Promise<string | undefined> {
  const ends = indexOffsets(logEnd);
  const ranges = logStart.map((at) => ({ at, end: ends.get(partitionKey(at)) ?? at.offset }));
  const oldest = ranges.map(({ at, end }) => ({ ...at, offset: Math.min(at.offset + 1, end) }));
  const newest = ranges.map(({ at, end }) => ({ ...at, offset: Math.max(at.offset, end - 1) }));
  const isolation = 'read_uncommitted';
  for (const [from, until] of [[logStart, oldest] as const, [newest, logEnd] as const]) {
    for await (const { records } of reader.read(from, until, { isolation, signal })) {
      const foreign = records.find(({ value }) => value !== null && !isEnvelope(value));
      if (foreign !== undefined) return `offset ${foreign.offset} of ${partitionKey(foreign)}`;
    }
  }
  return undefined;
}
