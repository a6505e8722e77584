import { eventHour } from './event-hour.ts';
import type { EventHour } from './hour-scope.ts';

const HOUR_MILLIS = 3_600_000;
/** A recovery's weeks and tables, many times over. */
const KEPT = 10_000;

/**
 * Names the hours of events, each by one object: what is summed by hour asks a Map for it, and prints
 * nothing.
 */
export class HourNames {
  readonly #byHour = new Map<number, Map<string, EventHour>>();
  #kept = 0;

  /** @param millis the event's time since the epoch; null: it has none */
  of(tableName: string | null, millis: number | null): EventHour {
    const table = tableName ?? '';
    const hours = millis === null ? Number.NaN : Math.floor(millis / HOUR_MILLIS);
    const byTable = this.#byHour.get(hours);
    const known = byTable?.get(table);
    if (known !== undefined) return known;
    const named = { table, hour: millis === null ? '' : eventHour(BigInt(millis) * 1_000n) };
    this.#keep(hours, named);
    return named;
  }

  /** One that was forgotten gets another object: sums are by what it says, in the end. */
  #keep(hours: number, named: EventHour): void {
    if (++this.#kept > KEPT) {
      this.#byHour.clear();
      this.#kept = 1;
    }
    const byTable = this.#byHour.get(hours) ?? new Map<string, EventHour>();
    this.#byHour.set(hours, byTable.set(named.table, named));
  }
}
