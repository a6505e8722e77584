import { describe, expect, it } from 'vitest';
import { history, messageValue, tableOfTopic, UGLY_KINDS } from './events.ts';

const from = new Date('2026-11-01T00:00:00Z');
const to = new Date('2026-11-10T00:00:00Z');
const topics = ['server.gis.geo_entity', 'server.gis.track'];

describe('history', () => {
  it('repeats by its seed', () => {
    const options = { count: 200, topics, from, to, ugly: true };
    expect([...history({ ...options, seed: 5 })]).toEqual([...history({ ...options, seed: 5 })]);
    expect([...history({ ...options, seed: 5 })]).not.toEqual([...history({ ...options, seed: 6 })]);
  });

  it('numbers every event once, in its state too, over the whole span', () => {
    const events = [...history({ seed: 1, count: 500, topics, from, to, firstNumber: 1_000 })];
    expect(events.map(({ number }) => number)).toEqual(Array.from({ length: 500 }, (_, i) => 1_000 + i));
    for (const { number, payload } of events) {
      expect(JSON.parse(payload?.data ?? '{}')).toMatchObject({ n: number });
      expect(payload?.event_timestamp).toBeGreaterThanOrEqual(from.getTime());
      expect(payload?.event_timestamp).toBeLessThan(to.getTime());
    }
    expect(new Set(events.map(({ topic }) => topic))).toEqual(new Set(topics));
  });

  it('is about as large as a real row', () => {
    const sizes = [...history({ seed: 1, count: 200, topics, from, to })].map(
      ({ payload }) => payload?.data?.length ?? 0,
    );
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(mean).toBeGreaterThan(500);
    expect(mean).toBeLessThan(900);
  });

  it('holds every ugliness once in as many events', () => {
    const ugly = [...history({ seed: 1, count: UGLY_KINDS, topics, from, to, ugly: true })];
    const payloads = ugly.map(({ payload }) => payload);
    expect(payloads).toContain(null);
    expect(payloads.filter((payload) => payload?.data === null)).toHaveLength(1);
    expect(payloads.some((payload) => (payload?.data?.length ?? 0) > 200_000)).toBe(true);
    expect(payloads.some((payload) => payload?.entity_id === '\\N')).toBe(true);
  });
});

describe('messageValue', () => {
  it('is Connect JSON with an unnamed schema', () => {
    const [event] = history({ seed: 1, count: 1, topics, from, to });
    const message: unknown = JSON.parse(messageValue(event?.payload ?? null) ?? 'null');
    expect(message).toMatchObject({ schema: { type: 'struct' }, payload: event?.payload });
    expect(message).not.toHaveProperty('schema.name');
  });

  it('is null for a tombstone', () => {
    expect(messageValue(null)).toBeNull();
  });
});

describe('tableOfTopic', () => {
  it('is what follows the server', () => {
    expect(tableOfTopic('gis_server.gis.geo_entity')).toBe('gis.geo_entity');
  });
});
