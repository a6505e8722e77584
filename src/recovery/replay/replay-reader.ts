import type { HourScope } from '../../ledger/hour-scope.ts';
import { recordReader } from '../../sink/decode-record.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import type { LeaveOut } from '../plan/leave-out.ts';
import { leaveOutDecoder } from './leave-out-decoder.ts';
import type { ReplayReader } from './replayed.ts';
import { withinHours } from './within-hours.ts';

/**
 * How a replay reads the records of a sink.
 * @param leaveOut undefined: nothing · @param only undefined: the events of all hours
 */
export function replayReader(
  sink: SinkConfig,
  leaveOut: LeaveOut | undefined,
  only: HourScope | undefined,
): ReplayReader {
  const { decode, write } = recordReader(sink);
  if (leaveOut === undefined && only === undefined) return { decode, write };
  return { decode: withinHours(leaveOutDecoder(decode, leaveOut), only) };
}
