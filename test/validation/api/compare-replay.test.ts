import { describe, expect, it } from 'vitest';
import { compareEvents, compareStates, type KnownEvent } from '../../../src/validation/api/compare-replay.ts';

const entity = { entityId: 'e1', tableName: 'gis.track' };
const told = (entity_state: unknown, op = 'r') => ({
  ...{ entity_id: 'e1', table_name: 'gis.track' },
  ...{ op, entity_state },
});

describe('compareStates', () => {
  it.each([
    ['keys in another order', ['{"a":1,"b":{"c":[1,2]}}'], told({ b: { c: [1, 2] }, a: 1 })],
    ['the state as text', ['{"a":1}'], told('{"a": 1}')],
    ['one of the last events of a moment', ['{"a":1}', '{"a":2}'], told({ a: 2 })],
    ['no state', [null], told(null)],
    ["JSON's null", ['null'], told(null)],
    ['a number as JavaScript holds it', ['{"n":1.10}'], told({ n: 1.1 })],
    ['more digits than that', ['{"n":123456789012345678901}'], told({ n: Number('123456789012345678901') })],
  ])('takes for the same: %s', (_, states, shown) => {
    expect(compareStates([{ ...entity, states }], [shown]).differences).toEqual([]);
  });

  it.each([
    ['another state', ['{"a":1}'], [told({ a: 2 })], 'is shown in another state'],
    ['an array that reads like an object', ['{"a":1}'], [told([['a', 1]])], 'is shown in another state'],
    ['nothing', ['{"a":1}'], [], 'is not shown'],
    ['it twice', ['{"a":1}'], [told({ a: 1 }), told({ a: 1 })], 'is shown 2 times'],
    ['a deleted one', 'deleted', [told({ a: 1 })], 'is shown, and was deleted'],
    ['only that it was deleted', ['{"a":1}'], [told(null, 'd')], 'is not shown'],
  ] as const)('sees %s', (_, states, shown, difference) => {
    expect(compareStates([{ ...entity, states }], shown).differences).toEqual([
      `"e1" of "gis.track" ${difference}`,
    ]);
  });

  it('quotes an id, and cuts a long one', () => {
    const known = { entityId: `"${'x'.repeat(200)}`, tableName: 'gis.track', states: [null] };
    expect(compareStates([known], []).differences[0]).toBe(
      `"\\"${'x'.repeat(59)}…" of "gis.track" is not shown`,
    );
  });
});

describe('compareEvents', () => {
  const event = (at: number, change: Partial<KnownEvent> = {}): KnownEvent => ({
    ...{ entityId: 'e1', tableName: 'gis.track', op: 'u', state: '{"a":1}', at },
    ...change,
  });
  const toldAt = (at: number) => ({
    ...told({ a: 1 }, 'u'),
    event_timestamp: new Date(at).toISOString().replace('Z', '789Z'),
  });
  const within = [event(1000), event(2000), event(2000)];

  it('takes every event as often as it is there, to the millisecond', () => {
    const all = [toldAt(2000), toldAt(1000), toldAt(2000)];
    expect(compareEvents({ within, atEdges: [] }, all)).toEqual({ compared: 3, differences: [] });
  });

  it('lets what lies at an edge come or not', () => {
    const known = { within, atEdges: [event(3000)] };
    const all = [toldAt(2000), toldAt(1000), toldAt(2000)];
    expect(compareEvents(known, all).differences).toEqual([]);
    expect(compareEvents(known, [...all, toldAt(3000)]).differences).toEqual([]);
  });

  it('sees what is missing, doubled, and not there', () => {
    const at = (seconds: number) => `the event of "e1" of "gis.track" at 1970-01-01T00:00:0${seconds}.000Z`;
    const found = compareEvents({ within, atEdges: [] }, [toldAt(1000), toldAt(1000), toldAt(4000)]);
    expect(found.differences).toEqual([
      `${at(1)} is told more often than it is there`,
      `${at(4)} is not in the database`,
      `${at(2)} is missing, 2 times`,
    ]);
  });
});
