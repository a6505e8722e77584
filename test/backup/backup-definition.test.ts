import { describe, expect, it } from 'vitest';
import { TaskFailure } from '../../src/clients/task-failure.ts';
import { openDistribution } from '../../src/runner/distribution.ts';
import type { LocalServices } from '../../src/runner/local-services.ts';
import { runDefinition } from '../../src/runner/run-definition.ts';

const { definition } = await openDistribution('backup');

type Answer = Readonly<Record<string, unknown>> | Error;

/** What the Lambdas and tasks answer, one after another; the last of them for ever. */
type Play = Readonly<Record<string, readonly Answer[]>>;

const begun = { decision: 'begun', backupId: 'b-1', lockId: 'l-1', attempt: 1, ignoreMaintenance: 'false' };
const whole: Play = {
  AwaitMaintenance: [{ decision: 'proceed', waitSeconds: 0, reason: 'it has run' }],
  Begin: [begun],
  AwaitBaseline: [{ decision: 'whole', waitSeconds: 0 }],
  ReleaseLock: [{ id: 'l-1' }],
  ProtectBaseline: [{ backupId: 'b-1' }],
  Publish: [{ backupId: 'b-1' }],
  backup: [{}],
  verify: [{}],
  rehearse: [{}],
};

function player(play: Play) {
  const calls: string[] = [];
  const next = (name: string): Answer => {
    const before = calls.filter((call) => call === name).length;
    calls.push(name);
    const answers = play[name] ?? [new Error(`nothing plays ${name}`)];
    return answers[before] ?? answers.at(-1) ?? {};
  };
  const answer = async (name: string): Promise<unknown> => {
    const given = next(name);
    if (given instanceof Error) throw given;
    return given;
  };
  return { calls, answer };
}

async function run(change: Play, listing: () => string[] = () => []) {
  const { calls, answer } = player({ ...whole, ...change });
  const names = [
    ...['AwaitMaintenance', 'Begin', 'AwaitBaseline', 'ProtectBaseline', 'Settle', 'ReleaseLock', 'Publish'],
  ];
  const services: LocalServices = {
    handler: async (logicalId) => async () =>
      await answer(names.find((name) => logicalId.includes(`Lambdas${name}`)) ?? logicalId),
    tasks: {
      run: ({ command: [, task = ''] }) => answer(task),
      list: listing,
      stop: async () => {},
      status: () => 'STOPPED',
    },
    answerToken: () => Promise.reject(new Error('nobody is asked')),
  };
  const end = await runDefinition(definition, {}, { services, waitMs: 0 });
  return { end, calls };
}

const damaged = new TaskFailure('BackupDamagedError', '{"errorMessage":"bad"}');
const lost = new TaskFailure('States.HeartbeatTimeout', 'silent');
const settled = { ...begun, attempt: 2, waitSeconds: 0, error: 'States.HeartbeatTimeout', cause: 'silent' };

describe('the backup’s definition', () => {
  it('looks again until the maintenance is over', async () => {
    const wait = { decision: 'wait', waitSeconds: 60, reason: 'not yet' };
    const proceed = { decision: 'proceed', waitSeconds: 0, reason: 'given up' };
    const { end, calls } = await run({ AwaitMaintenance: [wait, wait, proceed] });
    expect(end).toEqual({ kind: 'succeeded', output: { backupId: 'b-1' } });
    expect(calls.filter((call) => call === 'AwaitMaintenance')).toHaveLength(3);
  });

  it('verifies and tells again where the backup of this very execution is there already', async () => {
    const { calls } = await run({ Begin: [{ ...begun, decision: 'done', lockId: '' }] });
    expect(calls).toEqual(['AwaitMaintenance', 'Begin', 'verify', 'rehearse', 'Publish', 'ProtectBaseline']);
  });

  it('fails by name where what is stored is damaged, without taking it anew', async () => {
    const failed = { ...settled, decision: 'failed', error: 'BackupDamagedError', cause: 'bad' };
    const { end, calls } = await run({ verify: [damaged], Settle: [failed] });
    expect(end).toEqual({ kind: 'failed', error: 'BackupDamagedError', cause: 'bad' });
    expect(calls.filter((call) => call === 'backup')).toHaveLength(1);
  });

  it('fails by name where no recovery could bring the backup back, without taking it anew', async () => {
    const hopeless = new TaskFailure('BackupNotRestorableError', '{"errorMessage":"bad"}');
    const failed = { ...settled, decision: 'failed', error: 'BackupNotRestorableError', cause: 'bad' };
    const { end, calls } = await run({ rehearse: [hopeless], Settle: [failed] });
    expect(end).toEqual({ kind: 'failed', error: 'BackupNotRestorableError', cause: 'bad' });
    expect(calls.filter((call) => call === 'backup')).toHaveLength(1);
  });

  it('goes on to the verification where the task was lost after its manifest', async () => {
    const { end, calls } = await run({ backup: [lost], Settle: [{ ...settled, decision: 'stored' }] });
    expect(end).toMatchObject({ kind: 'succeeded' });
    expect(calls.slice(2)).toEqual([
      ...['backup', 'Settle', 'AwaitBaseline', 'ReleaseLock', 'verify', 'rehearse', 'Publish'],
      'ProtectBaseline',
    ]);
  });

  it('looks again until the volumes are whole, under the lock, and takes no second cut', async () => {
    const wait = { decision: 'wait', percent: 40, waitSeconds: 60 };
    const { end, calls } = await run({ AwaitBaseline: [wait, wait, { decision: 'whole', waitSeconds: 0 }] });
    expect(end).toEqual({ kind: 'succeeded', output: { backupId: 'b-1' } });
    expect(calls.slice(2, 7)).toEqual([
      ...['backup', 'AwaitBaseline', 'AwaitBaseline', 'AwaitBaseline', 'ReleaseLock'],
    ]);
  });

  it('gives a backup up at once whose volumes will never be whole, and puts things in order', async () => {
    const bad = Object.assign(new Error('snap-1 is in state error'), { name: 'EbsSnapshotError' });
    const failed = { ...settled, decision: 'failed', error: 'EbsSnapshotError', cause: bad.message };
    const { end, calls } = await run({ AwaitBaseline: [bad], Settle: [failed] });
    expect(end).toEqual({ kind: 'failed', error: 'EbsSnapshotError', cause: 'snap-1 is in state error' });
    expect(calls.slice(2)).toEqual(['backup', 'AwaitBaseline', 'Settle', 'ReleaseLock']);
  });

  it('looks once more where a look at the volumes failed by chance', async () => {
    const whole = { decision: 'whole', waitSeconds: 0 };
    const { end, calls } = await run({ AwaitBaseline: [new Error('reset'), whole] });
    expect(end).toMatchObject({ kind: 'succeeded' });
    expect(calls).not.toContain('Settle');
  });

  it('fails where the volumes cannot be locked, after everything else was done', async () => {
    const refused = Object.assign(new Error('no right to'), { name: 'EbsSnapshotError' });
    const { end, calls } = await run({ ProtectBaseline: [refused] });
    expect(end).toMatchObject({ kind: 'failed', error: 'EbsSnapshotError' });
    expect(calls.slice(2, 6)).toEqual(['backup', 'AwaitBaseline', 'ReleaseLock', 'verify']);
    expect(calls).toContain('Publish');
    expect(calls).not.toContain('Settle');
  });

  it('gives the lock back and says so where it could not put things in order', async () => {
    const { end, calls } = await run({ backup: [lost], Settle: [new Error('no Connect')] });
    expect(end).toMatchObject({ kind: 'failed', error: 'BackupNotSettled' });
    expect(calls.at(-1)).toBe('ReleaseLock');
  });

  it('keeps the lock where ECS cannot be asked to stop the task', async () => {
    const { end, calls } = await run({ backup: [lost] }, () => {
      throw new TaskFailure('Ecs.ServerException', 'no');
    });
    expect(end).toMatchObject({ kind: 'failed', error: 'TasksNotStopped' });
    expect(calls).not.toContain('ReleaseLock');
  });

  it('fails by name before anything was locked where the database does not answer', async () => {
    const none = Object.assign(new Error('no'), { name: 'DatabaseConnectionError' });
    const { end, calls } = await run({ AwaitMaintenance: [none] });
    expect(end).toMatchObject({ kind: 'failed', error: 'DatabaseConnectionError' });
    expect(new Set(calls)).toEqual(new Set(['AwaitMaintenance']));
  });
});
