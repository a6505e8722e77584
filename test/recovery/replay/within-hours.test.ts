import { expect, it } from 'vitest';
import { HourScope } from '../../../src/ledger/hour-scope.ts';
import { withinHours } from '../../../src/recovery/replay/within-hours.ts';
import type { Decoded } from '../../../src/sink/event-row.ts';
import { kafkaRecord } from '../../sink/records.ts';

const event = (minute: number, tableName: string | null = 'gis.track') => ({
  ...{ entityId: 'e', entityState: '{}', op: 'u', tableName },
  timestampMicros: BigInt(Date.UTC(2026, 10, 20, 1, minute)) * 1000n,
});
const scope = new HourScope([{ table: 'gis.track', hour: '2026-11-20T01:00:00Z' }]);

it.each<[string, Decoded, string]>([
  ['an event of the hour is replayed', { kind: 'event', event: event(59) }, 'event'],
  ['one of the next hour is counted', { kind: 'event', event: event(60) }, 'elsewhere'],
  ['one of another table is counted', { kind: 'event', event: event(1, 'gis.geo') }, 'elsewhere'],
  ['one without a table is counted', { kind: 'event', event: event(1, null) }, 'elsewhere'],
  ['a tombstone stays one', { kind: 'tombstone' }, 'tombstone'],
  ['poison is set aside, whatever its hour', { kind: 'quarantined', reason: 'x' }, 'quarantined'],
])('%s', (_, decoded, kind) => {
  expect(withinHours(() => decoded, scope)(kafkaRecord('x')).kind).toBe(kind);
  expect(withinHours(() => decoded, undefined)(kafkaRecord('x')).kind).toBe(decoded.kind);
});
