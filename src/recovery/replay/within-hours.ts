import type { HourScope } from '../../ledger/hour-scope.ts';
import { hourOfEvent } from './gained.ts';
import type { ReplayDecoder } from './replayed.ts';

/** Lets only the events of some hours through. @param scope undefined: of all */
export function withinHours(decode: ReplayDecoder, scope: HourScope | undefined): ReplayDecoder {
  if (scope === undefined) return decode;
  return (record) => {
    const replayed = decode(record);
    if (replayed.kind !== 'event' || scope.has(hourOfEvent(replayed.event))) return replayed;
    return { kind: 'elsewhere', event: replayed.event };
  };
}
