import { Duration } from 'aws-cdk-lib';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  Pass,
  Result,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { lambdaStep } from '../states/lambda-step.ts';
import { StopTasks } from '../states/stop-tasks.ts';
import type { RecoveryFunctions } from './recovery-functions.ts';

export interface FailurePathProps {
  readonly functions: RecoveryFunctions;
  readonly cluster: ICluster;
}

/**
 * What follows a failed task: stop it and make sure of it; then roll back, or go on. The roll-back Lambda decides by
 * the error's name, the attempts so far, and the commit point: before it everything can be undone, after it only
 * forward leads out.
 */
export class FailurePath {
  readonly start: IChainable;
  readonly #scope: Construct;
  readonly #decision: Choice;

  constructor(scope: Construct, { functions, cluster }: FailurePathProps) {
    this.#scope = scope;
    const stop = new StopTasks(scope, 'StopTasks', {
      cluster,
      startedBy: '$.plan.recoveryId',
      unstoppable: this.#unstoppable(),
    });
    const rollBack = lambdaStep(scope, 'RollBack', functions.rollBack, {
      payload: {
        recoveryId: JsonPath.stringAt('$.plan.recoveryId'),
        procedure: JsonPath.stringAt('$.plan.procedure'),
        execution: JsonPath.stringAt('$$.Execution.Id'),
        lockId: JsonPath.stringAt('$.lock.id'),
        failure: JsonPath.objectAt('$.failure'),
      },
      resultPath: '$.rollBack',
      timeout: Duration.minutes(10),
    });
    const report = lambdaStep(scope, 'ReportFailure', functions.report, {
      payload: {
        recoveryId: JsonPath.stringAt('$.plan.recoveryId'),
        procedure: JsonPath.stringAt('$.plan.procedure'),
        outcome: 'not recovered',
        failure: JsonPath.objectAt('$.failure'),
        rollBack: JsonPath.objectAt('$.rollBack'),
      },
      resultPath: '$.report',
      timeout: Duration.minutes(2),
    });
    const release = lambdaStep(scope, 'ReleaseLockAfterFailure', functions.lock, {
      payload: { action: 'release', id: JsonPath.stringAt('$.lock.id') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
    // The report's words: a time-out's own failure need not have a Cause.
    const failed = new Fail(scope, 'Failed', {
      stateName: 'Failed',
      errorPath: '$.report.error',
      causePath: '$.report.cause',
    });
    rollBack.addCatch(report, { resultPath: '$.rollBack' });
    report.addCatch(this.#unreported().next(release), { resultPath: '$.unreported' });
    release.addCatch(failed, { resultPath: '$.release' });
    report.next(release).next(failed);
    this.#decision = new Choice(scope, 'AfterRollBack', { stateName: 'AfterRollBack' }).otherwise(report);
    this.start = stop.next(rollBack).next(this.#decision);
  }

  /** A crash before the commit point: every step converges, so the procedure is run again. */
  again(procedure: IChainable): void {
    this.#decision.when(
      Condition.stringEquals('$.rollBack.decision', 'again'),
      this.#pause('PauseBeforeAgain').next(procedure),
    );
  }

  /** After the commit point. */
  forward(cutOver: IChainable): void {
    this.#decision.when(
      Condition.stringEquals('$.rollBack.decision', 'forward'),
      this.#pause('PauseBeforeForward').next(cutOver),
    );
  }

  /** Nobody may go on beside a task that perhaps still writes: the lock is not given back. */
  #unstoppable(): Fail {
    return new Fail(this.#scope, 'TasksNotStopped', {
      stateName: 'TasksNotStopped',
      error: 'TasksNotStopped',
      cause: 'a task failed, and ECS could not be asked to stop it; the lock is kept until its lease ends',
    });
  }

  #unreported(): Pass {
    return new Pass(this.#scope, 'Unreported', {
      stateName: 'Unreported',
      result: Result.fromObject({
        error: 'RecoveryNotReported',
        cause: 'a step failed, and so did the report; what failed stands in failures.json of the recovery',
      }),
      resultPath: '$.report',
    });
  }

  /** What made the step fail may need a while to pass; it waits longer after each attempt. */
  #pause(id: string): Wait {
    const time = WaitTime.secondsPath('$.rollBack.waitSeconds');
    return new Wait(this.#scope, id, { stateName: id, time });
  }
}
