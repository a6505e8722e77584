import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  type State,
  Succeed,
  type TaskStateBase,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { FINAL_BACKUP_ERRORS } from '../../src/backup/execution/after-backup-failure.ts';
import { IGNORE_MAINTENANCE_VARIABLE } from '../../src/edge/task-environment.ts';
import type { InstanceTasks } from '../instance/instance-resources.ts';
import { lambdaStep } from '../states/lambda-step.ts';
import { LOCK_TIMEOUT } from '../states/lock-timeout.ts';
import { taskStep } from '../states/task-step.ts';
import type { BackupFunctions } from './backup-functions.ts';

export interface BackupProcedureProps {
  readonly functions: BackupFunctions;
  readonly tasks: InstanceTasks;
  /** For how long after it was due the maintenance is waited for. */
  readonly maintenanceWaitMinutes: number;
}

/**
 * Wait for the maintenance, lock, cut and baseline in one task, wait for the volumes, unlock, read all of it
 * again, rehearse its recovery, tell, protect.
 */
export class BackupProcedure {
  readonly start: State;
  readonly backup: TaskStateBase;
  /** The first state after the task; run again it does nothing twice that matters. */
  readonly stored: LambdaInvoke;
  readonly #scope: Construct;
  readonly #functions: BackupFunctions;
  readonly #verify: TaskStateBase;
  readonly #rehearse: TaskStateBase;

  constructor(scope: Construct, { functions, tasks, maintenanceWaitMinutes }: BackupProcedureProps) {
    this.#scope = scope;
    this.#functions = functions;
    const notBegun = this.#notBegun();
    this.backup = taskStep(scope, 'Backup', {
      comment:
        'Cut and baseline in one task: the sink stands still for about a second. Safe to stop: a guardian lets the sink run again, and what was broken off does not exist.',
      tasks,
      task: 'backup',
      timeout: Duration.hours(12),
      operationId: '$.begun.backupId',
      lockId: '$.begun.lockId',
      environment: { [IGNORE_MAINTENANCE_VARIABLE]: '$.begun.ignoreMaintenance' },
    });
    // A Lambda has 15 minutes; to read all of a large dump takes longer.
    this.#verify = taskStep(scope, 'Verify', {
      comment:
        'Reads all of the stored backup again and compares it with its manifest; changes nothing, safe to stop.',
      tasks,
      task: 'verify',
      timeout: Duration.hours(12),
      operationId: '$.begun.backupId',
    });
    // Its limits are its own (REHEARSAL_LIMITS); what takes long is to bring the dump out of the vault.
    this.#rehearse = taskStep(scope, 'Rehearse', {
      comment:
        'Restores a sample into a scratch database on the server of recoveries and drops it; safe to stop, the next one removes what is left.',
      tasks,
      task: 'rehearse',
      timeout: Duration.hours(6),
      operationId: '$.begun.backupId',
    });
    this.stored = this.#awaitBaseline(this.#releaseLock(notBegun));
    this.backup.next(this.stored);
    this.#verify.next(this.#rehearse);
    this.#rehearse.next(this.#publish());
    const begin = this.#begin(notBegun);
    begin.next(this.#decide());
    this.start = this.#awaitMaintenance(maintenanceWaitMinutes, begin, notBegun);
  }

  /** The failure of each step that holds a baseline, whatever its name. */
  onFailure(path: IChainable): void {
    for (const step of [this.backup, this.stored, this.#verify, this.#rehearse])
      step.addCatch(path, { resultPath: '$.failure' });
  }

  #awaitMaintenance(waitMinutes: number, begin: State, failed: Fail): State {
    const look = lambdaStep(this.#scope, 'AwaitMaintenance', this.#functions.awaitMaintenance, {
      comment:
        'Looks whether the nightly maintenance is due or runs; a dump beside it would make readers wait. Safe to stop.',
      payload: { request: JsonPath.objectAt('$$.Execution.Input'), waitMinutes },
      resultPath: '$.maintenance',
      timeout: Duration.minutes(1),
    });
    look.addRetry({
      errors: ['DatabaseConnectionError', 'ConnectError'],
      interval: Duration.minutes(1),
      maxAttempts: 5,
      backoffRate: 1,
    });
    look.addCatch(failed, { resultPath: '$.failure' });
    const wait = new Wait(this.#scope, 'WaitForMaintenance', {
      stateName: 'WaitForMaintenance',
      comment: 'Waits for the maintenance to be over; safe to stop.',
      time: WaitTime.secondsPath('$.maintenance.waitSeconds'),
    });
    const isOver = new Choice(this.#scope, 'IsMaintenanceOver', {
      stateName: 'IsMaintenanceOver',
      comment: 'Waits again, or begins.',
    })
      .when(Condition.stringEquals('$.maintenance.decision', 'wait'), wait)
      .otherwise(begin);
    wait.next(look);
    look.next(isOver);
    return look;
  }

  #begin(failed: Fail): LambdaInvoke {
    const begin = lambdaStep(this.#scope, 'Begin', this.#functions.begin, {
      comment:
        'Takes the lock of all operations and gives the backup its id; safe to stop, the janitor gives the lock back.',
      payload: { request: JsonPath.objectAt('$$.Execution.Input'), execution: EXECUTION },
      resultPath: '$.begun',
      timeout: LOCK_TIMEOUT,
    });
    begin.addCatch(failed, { resultPath: '$.failure' });
    return begin;
  }

  #decide(): Choice {
    const skipped = new Succeed(this.#scope, 'Skipped', {
      stateName: 'Skipped',
      comment: 'another operation holds the lock: the reason says which; the next start makes up for it',
      outputPath: '$.begun',
    });
    const decision = (value: string) => Condition.stringEquals('$.begun.decision', value);
    return new Choice(this.#scope, 'Decide', {
      stateName: 'Decide',
      comment: 'Takes a backup, skips it where another operation runs, or goes on with one that is there.',
    })
      .when(decision('skipped'), skipped)
      .when(decision('done'), this.#verify)
      .otherwise(this.backup);
  }

  /** Hours, for a first snapshot of large volumes: no task is paid for them, and no table stays locked. */
  #awaitBaseline(whole: State): LambdaInvoke {
    const look = lambdaStep(this.#scope, 'AwaitBaseline', this.#functions.awaitBaseline, {
      comment:
        'Looks whether the snapshots of the volumes are whole; a dump is whole at once. Safe to stop: the next backup removes what is left.',
      payload: { begun: JsonPath.objectAt('$.begun') },
      resultPath: '$.baseline',
      timeout: Duration.minutes(6),
    });
    look.addRetry({ errors: [...FINAL_BACKUP_ERRORS, 'LockLostError'], maxAttempts: 0 });
    look.addRetry({ interval: Duration.minutes(1), maxAttempts: 5, backoffRate: 1 });
    const wait = new Wait(this.#scope, 'WaitForBaseline', {
      stateName: 'WaitForBaseline',
      comment: 'Waits for the snapshots, which take hours for the first of large volumes; safe to stop.',
      time: WaitTime.secondsPath('$.baseline.waitSeconds'),
    });
    const isWhole = new Choice(this.#scope, 'IsBaselineWhole', {
      stateName: 'IsBaselineWhole',
      comment: 'Waits again, or goes on with a backup that is stored.',
    })
      .when(Condition.stringEquals('$.baseline.decision', 'wait'), wait)
      .otherwise(whole);
    wait.next(look);
    look.next(isWhole);
    return look;
  }

  #releaseLock(failed: Fail): LambdaInvoke {
    const release = lambdaStep(this.#scope, 'ReleaseLock', this.#functions.releaseLock, {
      comment: 'Gives the lock of all operations back; safe to stop, its lease ends by itself.',
      payload: { action: 'release', id: JsonPath.stringAt('$.begun.lockId') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
    release.addCatch(failed, { resultPath: '$.failure' });
    release.next(this.#verify);
    return release;
  }

  #publish(): IChainable {
    const publish = lambdaStep(this.#scope, 'Publish', this.#functions.publish, {
      comment: 'Tells of the backup: metrics and an event. Safe to stop.',
      payload: { backupId: JsonPath.stringAt('$.begun.backupId'), execution: EXECUTION },
      resultPath: '$.published',
      timeout: Duration.minutes(1),
    });
    const notPublished = new Fail(this.#scope, 'NotPublished', {
      stateName: 'NotPublished',
      comment: 'the backup is there and verified; only its metrics or its event failed',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    publish.addCatch(notPublished, { resultPath: '$.failure' });
    const completed = new Succeed(this.#scope, 'Completed', {
      stateName: 'Completed',
      comment: 'The backup is stored, read again, rehearsed and told of.',
      outputPath: '$.published',
    });
    return publish.next(this.#protect()).next(completed);
  }

  /**
   * Last, since what is locked can no longer be removed: a backup is protected that is there and was read.
   */
  #protect(): LambdaInvoke {
    const protect = lambdaStep(this.#scope, 'ProtectBaseline', this.#functions.protectBaseline, {
      comment:
        'Locks the snapshots against deletion, last of all; safe to stop, the next backup makes up for it.',
      payload: { backupId: JsonPath.stringAt('$.begun.backupId') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(6),
    });
    protect.addRetry({ interval: Duration.minutes(1), maxAttempts: 5, backoffRate: 1 });
    const notProtected = new Fail(this.#scope, 'NotProtected', {
      stateName: 'NotProtected',
      comment: 'the backup is there and verified; only the lock of its volumes failed',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    protect.addCatch(notProtected, { resultPath: '$.failure' });
    return protect;
  }

  #notBegun(): Fail {
    return new Fail(this.#scope, 'NotBegun', {
      stateName: 'NotBegun',
      comment: 'outside of the tasks: nothing was stopped, or everything is stored',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
  }
}

/** The execution as src/core/ids.ts reads it: the backup's id comes from it. */
const EXECUTION = {
  id: JsonPath.stringAt('$$.Execution.Id'),
  startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
};
