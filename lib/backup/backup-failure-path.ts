import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  Pass,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { InstanceResources } from '../instance/instance-resources.ts';
import { lambdaStep } from '../states/lambda-step.ts';
import { StopTasks } from '../states/stop-tasks.ts';
import type { BackupFunctions } from './backup-functions.ts';

export interface BackupFailurePathProps {
  readonly functions: BackupFunctions;
  readonly resources: Pick<InstanceResources, 'cluster'>;
}

/**
 * What follows a failed task, or a failed wait for volumes: stop the task and make sure of it; then a Lambda
 * decides: on with what was taken (the manifest is there, or what it will be), again, or the end. Before the latter two
 * it makes the sink run again, and nothing of the backup stays. An execution that
 * ends here, or never gets here, calls the janitor.
 */
export class BackupFailurePath {
  readonly start: IChainable;
  readonly #scope: Construct;
  readonly #decision: Choice;

  constructor(scope: Construct, { functions, resources }: BackupFailurePathProps) {
    this.#scope = scope;
    const stop = new StopTasks(scope, 'StopTasks', {
      cluster: resources.cluster,
      startedBy: '$.begun.backupId',
      unstoppable: this.#unstoppable(),
    });
    const decide = lambdaStep(scope, 'Settle', functions.afterFailure, {
      payload: { begun: JsonPath.objectAt('$.begun'), failure: JsonPath.objectAt('$.failure') },
      resultPath: '$.begun',
      timeout: Duration.minutes(10),
    });
    const release = lambdaStep(scope, 'ReleaseLockAfterFailure', functions.releaseLock, {
      payload: { action: 'release', id: JsonPath.stringAt('$.begun.lockId') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
    // The Lambda's words: a time-out's own failure need not have a Cause.
    const failed = new Fail(scope, 'Failed', {
      stateName: 'Failed',
      errorPath: '$.begun.error',
      causePath: '$.begun.cause',
    });
    release.addCatch(failed, { resultPath: '$.release' });
    decide.addCatch(this.#unsettled().next(release), { resultPath: '$.unsettled' });
    release.next(failed);
    this.#decision = new Choice(scope, 'AfterFailure', { stateName: 'AfterFailure' }).otherwise(release);
    this.start = stop.next(decide).next(this.#decision);
  }

  /** What made it fail may pass: the same backup from its beginning. */
  again(backup: IChainable): void {
    const pause = new Wait(this.#scope, 'PauseBeforeAgain', {
      stateName: 'PauseBeforeAgain',
      time: WaitTime.secondsPath('$.begun.waitSeconds'),
    });
    this.#decision.when(Condition.stringEquals('$.begun.decision', 'again'), pause.next(backup));
  }

  /** What was taken is there: what failed came after it. */
  stored(next: IChainable): void {
    this.#decision.when(Condition.stringEquals('$.begun.decision', 'stored'), next);
  }

  /** Nobody may go on beside a task that perhaps still writes: the lock is not given back. */
  #unstoppable(): Fail {
    return new Fail(this.#scope, 'TasksNotStopped', {
      stateName: 'TasksNotStopped',
      error: 'TasksNotStopped',
      cause: 'a task failed, and ECS could not be asked to stop it; the janitor tries again',
    });
  }

  #unsettled(): Pass {
    return new Pass(this.#scope, 'Unsettled', {
      stateName: 'Unsettled',
      parameters: {
        lockId: JsonPath.stringAt('$.begun.lockId'),
        error: 'BackupNotSettled',
        cause: 'the backup failed, and what it left could not be put in order; the janitor tries again',
      },
      resultPath: '$.begun',
    });
  }
}
