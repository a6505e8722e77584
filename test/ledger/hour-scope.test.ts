import { describe, expect, it } from 'vitest';
import { HourScope } from '../../src/ledger/hour-scope.ts';

const HOUR = '2026-11-23T04:00:00Z';
const NEXT = '2026-11-23T05:00:00Z';

describe('HourScope', () => {
  it('holds an hour of one table, and not that of another', () => {
    const scope = new HourScope([{ table: 'gis.track', hour: HOUR }]);
    expect(scope.has({ table: 'gis.track', hour: HOUR })).toBe(true);
    expect(scope.has({ table: 'gis.track', hour: NEXT })).toBe(false);
    expect(scope.has({ table: 'gis.geo_entity', hour: HOUR })).toBe(false);
  });

  it.each([
    ['nothing', [], 'false'],
    [
      'neighbours as one range, by table',
      [
        { table: 'gis.track', hour: NEXT },
        { table: 'gis.track', hour: HOUR },
      ],
      "(table_name = 'gis.track' AND ((event_timestamp >= '2026-11-23T04:00:00.000Z' AND event_timestamp < '2026-11-23T06:00:00.000Z')))",
    ],
    [
      'events without a table, and a name as data',
      [
        { table: '', hour: HOUR },
        { table: "x'; --", hour: HOUR },
      ],
      "((table_name IS NULL OR table_name = '') AND ((event_timestamp >= '2026-11-23T04:00:00.000Z' AND event_timestamp < '2026-11-23T05:00:00.000Z'))) OR (table_name = 'x''; --' AND ((event_timestamp >= '2026-11-23T04:00:00.000Z' AND event_timestamp < '2026-11-23T05:00:00.000Z')))",
    ],
  ])('is in SQL %s', (_, hours, sql) => expect(new HourScope(hours).condition).toBe(sql));

  it('takes no hour from outside for one that is none', () => {
    expect(() => new HourScope([{ table: 'a', hour: "'; DROP TABLE x" }]).condition).toThrow(RangeError);
  });
});
