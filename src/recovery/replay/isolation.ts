import type { RecordChunk } from '../../clients/kafka/kafka-record.ts';
import { partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';

/**
 * The log holds an aborted record, and it is not known whether the sink writes such.
 * Nothing of it was replayed.
 */
class IsolationUnknownError extends OperatorError {
  override readonly name = 'IsolationUnknownError';
}

/**
 * What a sink's records are read with. Where nobody knows the level, both make the same rows until an aborted
 * record is met, which nobody may guess (refuseAborted).
 */
export function isolationOf({ isolation, isolationKnown }: SinkConfig): SinkConfig['isolation'] {
  return isolationKnown ? isolation : 'read_committed';
}

/** Before anything is made of the chunk. @throws IsolationUnknownError */
export function refuseAborted(
  { aborted, ...chunk }: RecordChunk,
  { connector, isolationKnown }: SinkConfig,
): void {
  const [first] = aborted ?? [];
  if (first === undefined || isolationKnown) return;
  throw new IsolationUnknownError(
    `offset ${first.offset} of ${partitionKey(chunk)} belongs to an aborted transaction, and nobody can tell whether ${connector} writes such records`,
    {
      hint: "set MSR_SINK_ISOLATION_LEVEL to consumer.isolation.level of the sink's worker (Kafka's default is read_uncommitted), and run `msr recover` again: it goes on where it stopped",
    },
  );
}
