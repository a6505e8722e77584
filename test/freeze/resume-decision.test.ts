import { describe, expect, it } from 'vitest';
import { type FreezeRecord, newFreezeRecord, type SinkFound } from '../../src/freeze/freeze-record.ts';
import { decideResume } from '../../src/freeze/resume-decision.ts';
import type { LiveDatabase } from '../../src/live/live-database.ts';

const OLD = 100;
const NEW = 200;
const offsets = [{ topic: 't', partition: 0, offset: 7 }];

function record(change: Partial<FreezeRecord> = {}, found: SinkFound = 'RUNNING'): FreezeRecord {
  return { ...newFreezeRecord({ connector: 'sink', purpose: 'cutover', owner: 'r1', found }), ...change };
}

function readable(oid: number, marker?: 'pending' | 'set', server = 'db:5432'): LiveDatabase {
  const written = marker && { recoveryId: 'r1', offsets, state: marker, sinkServer: undefined };
  return { kind: 'readable', oid, server, marker: written };
}

const begun = { cutover: { recoveryId: 'r1', databaseOid: NEW } };
const elsewhere = { cutover: { ...begun.cutover, server: 'id@new:5432', databaseServer: 'new:5432' } };
const correction = { correction: { offsets } };
const absent: LiveDatabase = { kind: 'absent' };
const unreadable: LiveDatabase = { kind: 'unreadable', reason: 'refused' };

describe('the rule', () => {
  it.each<[string, FreezeRecord, LiveDatabase, object]>([
    ['no marker', record(), readable(OLD), { kind: 'as-is', target: 'RUNNING', mustRun: true }],
    ['marker applied', record(), readable(OLD, 'set'), { kind: 'as-is', target: 'RUNNING', mustRun: true }],
    ['marker pending', record(), readable(NEW, 'pending'), { kind: 'set-marker', recoveryId: 'r1' }],
    ['cutover begun, not renamed', record(begun), readable(OLD, 'set'), { kind: 'as-is', target: 'RUNNING' }],
    [
      'to a copy with the same oids, not renamed; found stopped',
      record(elsewhere, 'STOPPED'),
      readable(NEW, 'set'),
      { kind: 'as-is', target: 'STOPPED' },
    ],
    [
      'to a copy with the same oids, renamed; found stopped',
      record(elsewhere, 'STOPPED'),
      readable(NEW, 'set', 'new:5432'),
      { kind: 'as-is', target: 'RUNNING', mustRun: true },
    ],
    ['renamed, offsets to set', record(begun), readable(NEW, 'pending'), { kind: 'set-marker' }],
    ['renamed, offsets set', record(begun), readable(NEW, 'set'), { kind: 'as-is', target: 'RUNNING' }],
    ['live name unreadable', record(), unreadable, { kind: 'as-is', target: 'RUNNING', mustRun: false }],
    ['live name gone', record(), absent, { kind: 'as-is', target: 'RUNNING', mustRun: false }],
    ['cutover begun, unreadable', record(begun), unreadable, { kind: 'wait' }],
    ['cutover begun, name not taken', record(begun), absent, { kind: 'as-is', mustRun: false }],
    ['correction asked', record(correction), readable(OLD), { kind: 'set-correction', offsets }],
    ['correction asked, unreadable', record(correction), unreadable, { kind: 'set-correction' }],
    ['marker before correction', record(correction), readable(NEW, 'pending'), { kind: 'set-marker' }],
    [
      'correction was for the old one',
      record({ ...correction, ...begun }),
      readable(NEW, 'set'),
      { kind: 'as-is' },
    ],
    [
      'correction set',
      record({ correction: { offsets, setAt: '2026-11-23T04:00:00Z' } }),
      readable(OLD),
      { kind: 'as-is' },
    ],
  ])('%s', (_, freeze, live, expected) => {
    expect(decideResume(freeze, live)).toMatchObject(expected);
  });

  it.each<SinkFound>(['PAUSED', 'STOPPED', 'FAILED'])('leaves a sink that was %s so', (found) => {
    const decided = decideResume(record({}, found), readable(OLD));
    expect(decided).toMatchObject({ kind: 'as-is', target: found, mustRun: false });
  });

  it.each<SinkFound>(['PAUSED', 'STOPPED', 'FAILED'])(
    'runs a sink that was %s on what was cut over',
    (found) => {
      const decided = decideResume(record(begun, found), readable(NEW, 'set'));
      expect(decided).toMatchObject({ kind: 'as-is', target: 'RUNNING', mustRun: true });
    },
  );
});

/**
 * The whole of a cutover and an undo as a model: each step is one side effect. A crash may follow any step.
 * The rule, applied as often as one likes, then leaves the sink running at offsets of the live database.
 */
describe('a crash after any step', () => {
  interface World {
    live: number;
    running: boolean;
    at: 'old' | 'new';
    markers: { [oid: number]: 'pending' | 'set' | undefined };
    freeze: FreezeRecord | undefined;
  }
  const steps: readonly ((world: World) => void)[] = [
    (w) => Object.assign(w, { freeze: record() }),
    (w) => Object.assign(w, { running: false }),
    (w) => Object.assign(w.markers, { [NEW]: 'pending' }),
    (w) => Object.assign(w.markers, { [OLD]: 'set' }),
    (w) => Object.assign(w, { freeze: record(begun) }),
    (w) => Object.assign(w, { live: NEW }),
    (w) => Object.assign(w, { at: 'new' }),
    (w) => Object.assign(w.markers, { [NEW]: 'set' }),
    (w) => Object.assign(w, { running: true }),
    (w) => Object.assign(w, { freeze: undefined }),
    // The undo.
    (w) => Object.assign(w, { freeze: record({ purpose: 'undo' }) }),
    (w) => Object.assign(w, { running: false }),
    (w) => Object.assign(w.markers, { [OLD]: 'pending' }),
    (w) =>
      Object.assign(w, {
        freeze: record({ purpose: 'undo', cutover: { recoveryId: 'r1', databaseOid: OLD } }),
      }),
    (w) => Object.assign(w, { live: OLD }),
    (w) => Object.assign(w, { at: 'old' }),
    (w) => Object.assign(w.markers, { [OLD]: 'set' }),
    (w) => Object.assign(w, { running: true }),
  ];

  function rule(world: World): void {
    const decision = decideResume(world.freeze ?? record(), readable(world.live, world.markers[world.live]));
    if (decision.kind === 'set-marker') {
      Object.assign(world, { running: false, at: world.live === OLD ? 'old' : 'new' });
      world.markers[world.live] = 'set';
    }
    if (decision.kind === 'set-marker' || (decision.kind === 'as-is' && decision.target === 'RUNNING')) {
      world.running = true;
    }
  }

  it.each(steps.map((_, index) => index + 1))('number %d', (count) => {
    for (const repetitions of [1, 2, 3]) {
      const world: World = { live: OLD, running: true, at: 'old', markers: {}, freeze: undefined };
      for (const step of steps.slice(0, count)) step(world);
      for (let i = 0; i < repetitions; i++) rule(world);
      expect(world).toMatchObject({ running: true, at: world.live === OLD ? 'old' : 'new' });
    }
  });
});
