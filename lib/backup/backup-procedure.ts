import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  type State,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { EcsRunTask, LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { IGNORE_MAINTENANCE_VARIABLE } from '../../lambdas/task/task-environment.ts';
import type { InstanceResources } from '../instance/instance-resources.ts';
import { lambdaStep } from '../states/lambda-step.ts';
import { taskStep } from '../states/task-step.ts';
import type { BackupFunctions } from './backup-functions.ts';

export interface BackupProcedureProps {
  readonly functions: BackupFunctions;
  readonly resources: InstanceResources;
}

/** Wait for the maintenance, lock, cut and baseline in one task, unlock, read all of it again, tell. */
export class BackupProcedure {
  readonly start: State;
  readonly backup: EcsRunTask;
  /** From the backup's end on; run again it does nothing twice that matters. */
  readonly stored: LambdaInvoke;
  readonly #scope: Construct;
  readonly #functions: BackupFunctions;
  readonly #verify: EcsRunTask;

  constructor(scope: Construct, { functions, resources }: BackupProcedureProps) {
    this.#scope = scope;
    this.#functions = functions;
    const notBegun = this.#notBegun();
    this.backup = taskStep(scope, 'Backup', {
      resources,
      task: 'backup',
      timeout: Duration.hours(12),
      operationId: '$.begun.backupId',
      lockId: '$.begun.lockId',
      environment: { [IGNORE_MAINTENANCE_VARIABLE]: '$.begun.ignoreMaintenance' },
    });
    this.stored = this.#releaseLock(notBegun);
    // A Lambda has 15 minutes; to read all of a large dump takes longer.
    this.#verify = taskStep(scope, 'Verify', {
      resources,
      task: 'verify',
      timeout: Duration.hours(12),
      operationId: '$.begun.backupId',
    });
    this.backup.next(this.stored).next(this.#verify).next(this.#publish());
    const begin = this.#begin(notBegun);
    begin.next(this.#decide());
    this.start = this.#awaitMaintenance(resources.config.schedule.maintenanceWaitMinutes, begin, notBegun);
  }

  /** Each task's failure, whatever its name. */
  onFailure(path: IChainable): void {
    for (const step of [this.backup, this.#verify]) step.addCatch(path, { resultPath: '$.failure' });
  }

  #awaitMaintenance(waitMinutes: number, begin: State, failed: Fail): State {
    const look = lambdaStep(this.#scope, 'AwaitMaintenance', this.#functions.awaitMaintenance, {
      payload: { request: JsonPath.objectAt('$$.Execution.Input'), waitMinutes },
      resultPath: '$.maintenance',
      timeout: Duration.minutes(1),
    });
    look.addRetry({
      errors: ['DatabaseConnectionError'],
      interval: Duration.minutes(1),
      maxAttempts: 5,
      backoffRate: 1,
    });
    look.addCatch(failed, { resultPath: '$.failure' });
    const wait = new Wait(this.#scope, 'WaitForMaintenance', {
      stateName: 'WaitForMaintenance',
      time: WaitTime.secondsPath('$.maintenance.waitSeconds'),
    });
    const isOver = new Choice(this.#scope, 'IsMaintenanceOver', { stateName: 'IsMaintenanceOver' })
      .when(Condition.stringEquals('$.maintenance.decision', 'wait'), wait)
      .otherwise(begin);
    wait.next(look);
    look.next(isOver);
    return look;
  }

  #begin(failed: Fail): LambdaInvoke {
    const begin = lambdaStep(this.#scope, 'Begin', this.#functions.begin, {
      payload: { request: JsonPath.objectAt('$$.Execution.Input'), execution: EXECUTION },
      resultPath: '$.begun',
      timeout: Duration.minutes(1),
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
    return new Choice(this.#scope, 'Decide', { stateName: 'Decide' })
      .when(decision('skipped'), skipped)
      .when(decision('done'), this.#verify)
      .otherwise(this.backup);
  }

  #releaseLock(failed: Fail): LambdaInvoke {
    const release = lambdaStep(this.#scope, 'ReleaseLock', this.#functions.releaseLock, {
      payload: { action: 'release', id: JsonPath.stringAt('$.begun.lockId') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
    release.addCatch(failed, { resultPath: '$.failure' });
    return release;
  }

  #publish(): IChainable {
    const publish = lambdaStep(this.#scope, 'Publish', this.#functions.publish, {
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
      outputPath: '$.published',
    });
    return publish.next(completed);
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

/** As lambdas/ids.ts reads it: the backup's id comes from it. */
const EXECUTION = {
  id: JsonPath.stringAt('$$.Execution.Id'),
  startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
};
