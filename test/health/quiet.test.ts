import { describe, expect, it } from 'vitest';
import { type Maintenance, quietNow } from '../../src/health/quiet.ts';
import type { LockOwner } from '../../src/vault/lock-owner.ts';

const NOW = new Date('2026-11-27T12:00:00.000Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000).toISOString();
const lock = (purpose: LockOwner['purpose'], hours: number): LockOwner => ({
  kind: 'execution',
  arn: 'arn:aws:states:eu-central-1:111122223333:execution:msr-prod-az-a-recovery:1',
  id: '1',
  purpose,
  acquiredAt: hoursAgo(hours),
  renewedAt: NOW.toISOString(),
  renewals: 5,
});
const announced = (from: number, until: number): Maintenance => ({
  version: 1,
  from: hoursAgo(from),
  until: hoursAgo(until),
  why: 'a new minor release',
});
const quiet = (seen: { lock?: LockOwner; maintenance?: Maintenance }) =>
  quietNow({ lock: seen.lock, maintenance: seen.maintenance }, NOW);

describe('pages are held back', () => {
  it.each([
    ['by a recovery', { lock: lock('recover', 1) }, 'a recovery is under way (recover)', hoursAgo(-7)],
    ['by an undo', { lock: lock('undo', 0.5) }, 'a recovery is under way (undo)', hoursAgo(-7.5)],
    [
      'by what was announced',
      { maintenance: announced(1, -1) },
      'announced maintenance: a new minor release',
      hoursAgo(-1),
    ],
    [
      'by what was announced for longer than anything may last, up to its bound',
      { maintenance: announced(7, -90) },
      'announced maintenance: a new minor release',
      hoursAgo(-1),
    ],
  ])('%s', (_, seen, why, until) => {
    expect(quiet(seen)).toEqual({ why, until });
  });
});

describe('pages are not held back', () => {
  it.each([
    ['by nothing', {}],
    ['by a backup', { lock: lock('backup', 1) }],
    ['by a recovery whose lock was left behind', { lock: lock('recover', 8) }],
    ['by a lock that is not yet taken, by its owner’s clock', { lock: lock('recover', -1) }],
    ['before what was announced', { maintenance: announced(-1, -2) }],
    ['after what was announced', { maintenance: announced(3, 0) }],
    ['by what was announced for ever, after its bound', { maintenance: announced(8, -1000) }],
  ])('%s', (_, seen) => {
    expect(quiet(seen)).toBeNull();
  });
});
