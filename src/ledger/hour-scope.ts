import { escapeLiteral } from 'pg';
import { digestKey, type HourDigest } from './digest.ts';
import { hoursCondition } from './hour-ranges.ts';

/** The events of one table in one hour, as digests name both. */
export type EventHour = Pick<HourDigest, 'table' | 'hour'>;

/** Some hours of some tables: what alone is read, written or replaced. */
export class HourScope {
  readonly hours: readonly EventHour[];
  readonly #keys: ReadonlySet<string>;

  constructor(hours: readonly EventHour[]) {
    this.hours = hours;
    this.#keys = new Set(hours.map(digestKey));
  }

  get isEmpty(): boolean {
    return this.hours.length === 0;
  }

  has(hour: EventHour): boolean {
    return this.#keys.has(digestKey(hour));
  }

  /**
   * SQL of its events, without parameters. Constants, so that the planner excludes every chunk outside them.
   * @throws RangeError for what is no hour
   */
  get condition(): string {
    const byTable = Map.groupBy(this.hours, ({ table }) => table);
    const parts = [...byTable].map(
      ([table, hours]) => `(${tableCondition(table)} AND (${hoursCondition(hours.map(({ hour }) => hour))}))`,
    );
    return parts.join(' OR ') || 'false';
  }
}

/** A digest's table is empty for events without one. */
function tableCondition(table: string): string {
  return table === '' ? "(table_name IS NULL OR table_name = '')" : `table_name = ${escapeLiteral(table)}`;
}
