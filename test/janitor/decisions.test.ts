import { describe, expect, it } from 'vitest';
import type { RunningTask } from '../../src/clients/ecs-tasks.ts';
import { newFreezeRecord } from '../../src/freeze/freeze-record.ts';
import {
  isOfEnded,
  isWorthAPage,
  mayResume,
  retryAfterMs,
  tasksToStop,
} from '../../src/janitor/decisions.ts';
import type { Incident } from '../../src/janitor/incident.ts';
import type { LockOwner } from '../../src/vault/lock-owner.ts';
import { ENDED, FIRED, STOPPED } from './sample-incidents.ts';

const freeze = {
  ...newFreezeRecord({ connector: 'sink', purpose: 'backup', owner: FIRED.owner, found: 'RUNNING' }),
  id: FIRED.freezeId,
};

const owner = (arn: string): LockOwner => ({
  kind: 'execution',
  arn,
  id: 'lock-1',
  purpose: 'backup',
  acquiredAt: '2026-11-23T03:30:00.000Z',
  renewedAt: '2026-11-23T03:30:00.000Z',
  renewals: 0,
});

describe('the lock after an incident', () => {
  it.each<[string, Incident, LockOwner | undefined, boolean]>([
    ['nobody holds it', ENDED, undefined, false],
    ['the ended execution holds it, whatever its renewals say', ENDED, owner(ENDED.executionArn), true],
    ['another execution holds it', ENDED, owner('arn:other'), false],
    ['a guardian finds its own execution', FIRED, owner(ENDED.executionArn), false],
  ])('%s', (_, incident, holder, ofEnded) => {
    expect(isOfEnded(incident, holder)).toBe(ofEnded);
  });
});

describe('the tasks to stop', () => {
  const task = (arn: string, startedBy: string, lockId: string): RunningTask => ({
    arn,
    startedBy,
    environment: { MSR_LOCK_ID: lockId },
  });
  const running = [
    task('own', ENDED.operationId, 'lock-1'),
    task('continued recovery', '20261101T000000Z-0000', 'lock-1'),
    task('another operation', '20261122T000000Z-1111', 'lock-2'),
    { arn: 'verification', startedBy: ENDED.operationId, environment: {} },
  ];
  const arns = (incident: Incident, lockId?: string) =>
    tasksToStop(incident, running, lockId).map(({ arn }) => arn);

  it('are those of the operation and those under its lock', () => {
    expect(arns(ENDED, 'lock-1')).toEqual(['own', 'continued recovery', 'verification']);
  });
  it('are not those of others, whoever holds the lock', () => {
    expect(arns(ENDED)).toEqual(['own', 'verification']);
    expect(arns({ ...FIRED, owner: '20261101T000000Z-0000' })).toEqual(['continued recovery']);
    expect(arns(STOPPED)).toEqual([]);
  });
});

describe('the sink', () => {
  it('is a guardian’s business only while its own freeze stands', () => {
    expect(mayResume(FIRED, freeze, 'another')).toBe(true);
    expect(mayResume(FIRED, { ...freeze, id: 'a later one' }, 'free')).toBe(false);
    expect(mayResume(FIRED, undefined, 'free')).toBe(false);
  });
  it('is a stopped task’s business where its operation had frozen it before it stopped', () => {
    const before = { ...freeze, startedAt: '2026-11-23T03:31:00.000Z' };
    expect(mayResume(STOPPED, before, 'another')).toBe(true);
    expect(mayResume(STOPPED, { ...before, startedAt: '2026-11-23T03:32:00.000Z' }, 'another')).toBe(false);
    expect(mayResume(STOPPED, { ...before, owner: 'another operation' }, 'free')).toBe(false);
    expect(mayResume(STOPPED, undefined, 'free')).toBe(false);
  });
  it('is left to a living operation after an execution', () => {
    expect(mayResume(ENDED, freeze, 'another')).toBe(false);
    expect(mayResume(ENDED, freeze, 'dead')).toBe(true);
    expect(mayResume(ENDED, undefined, 'free')).toBe(true);
  });
});

describe('the page', () => {
  const standsStill = { state: 'stands still', why: 'x', triedAgainAt: undefined } as const;
  it('tells every execution that ended, and no guardian that found everything in order', () => {
    const sink = { state: 'running', resumed: false } as const;
    expect(isWorthAPage(ENDED, { done: [], sink })).toBe(true);
    expect(isWorthAPage(FIRED, { done: [], sink })).toBe(false);
    expect(isWorthAPage(STOPPED, { done: [], sink: { state: 'untouched' } })).toBe(false);
    expect(isWorthAPage(STOPPED, { done: [], sink: standsStill })).toBe(true);
    expect(isWorthAPage(FIRED, { done: ['resumed sink'], sink })).toBe(true);
  });
  it.each(['RecoveryRefused', 'ApprovalExpired', 'ApprovalDeniedError'])(
    'tells nobody of %s, unless something was left',
    (error) => {
      const answered = { ...ENDED, error };
      expect(isWorthAPage(answered, { done: [], sink: { state: 'untouched' } })).toBe(false);
      expect(isWorthAPage(answered, { done: ['resumed sink'], sink: { state: 'untouched' } })).toBe(true);
      expect(isWorthAPage(answered, { done: [], sink: standsStill })).toBe(true);
    },
  );
  it('tells of a sink that does not come back less and less often', () => {
    const attempts = Array.from({ length: 20 }, (_, index) => index + 1);
    const paged = attempts.filter((attempt) =>
      isWorthAPage({ ...FIRED, attempt }, { done: [], sink: standsStill }),
    );
    expect(paged).toEqual([1, 2, 4, 8, 16]);
    const pagedOf = (attempt: number) => isWorthAPage({ ...FIRED, attempt }, { done: [], sink: standsStill });
    // After a day every hour, told every day, and never given up.
    expect([1, 719, 720, 10_000].map(retryAfterMs)).toEqual([120_000, 120_000, 3_600_000, 3_600_000]);
    expect([719, 720, 721, 743, 744, 768, 1024].map(pagedOf)).toEqual([
      ...[false, true, false, false, true, true, false],
    ]);
  });
});
