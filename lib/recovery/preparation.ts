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
} from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { InstanceTasks } from '../instance/instance-resources.ts';
import { lambdaStep, lambdaTokenStep } from '../states/lambda-step.ts';
import { LOCK_TIMEOUT } from '../states/lock-timeout.ts';
import { taskStep } from '../states/task-step.ts';
import type { RecoveryFunctions } from './recovery-functions.ts';

export interface PreparationProps {
  readonly functions: RecoveryFunctions;
  readonly tasks: InstanceTasks;
  readonly approvalExpiry: Duration;
  /** Where an approved plan goes on, under the lock. */
  readonly proceed: IChainable;
}

/**
 * Assess and plan, compare all events where that is asked for, ask, lock, assess again. Nothing is changed
 * before the lock, and the world that the plan speaks of must be the same after it: otherwise back to the
 * plan.
 */
export class Preparation {
  readonly start: State;
  readonly #scope: Construct;
  readonly #functions: RecoveryFunctions;

  constructor(scope: Construct, { functions, tasks, approvalExpiry, proceed }: PreparationProps) {
    this.#scope = scope;
    this.#functions = functions;
    const assess = this.#assess('Assess', '$.plan', {});
    const reassess = this.#assess('Reassess', '$.reassessed', {
      lockId: JsonPath.stringAt('$.lock.id'),
      compared: JsonPath.objectAt('$.plan.compared'),
    });
    const lock = this.#lock();
    lock.next(reassess);
    reassess.addCatch(this.#releaseAfterFailedReassessment(), { resultPath: '$.failure' });
    reassess.next(this.#isPlanTheSame(proceed, assess));
    const approval = this.#requestApproval(approvalExpiry);
    approval.next(lock);
    const compare = this.#compare(tasks);
    const decide = this.#decide(compare, approval, lock);
    assess.next(decide);
    compare.next(this.#assess('AssessCompared', '$.plan', { compared: true })).next(decide);
    this.start = assess;
  }

  #assess(id: string, resultPath: string, more: Readonly<Record<string, unknown>>): LambdaInvoke {
    return lambdaStep(this.#scope, id, this.#functions.assess, {
      payload: {
        request: JsonPath.objectAt('$$.Execution.Input'),
        execution: {
          id: JsonPath.stringAt('$$.Execution.Id'),
          startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
        },
        ...more,
      },
      resultPath,
      timeout: Duration.minutes(15),
    });
  }

  /** Long work belongs in a task. One that only reads may outlive its state: it ends by itself. */
  #compare(tasks: InstanceTasks): TaskStateBase {
    const step = taskStep(this.#scope, 'Compare', {
      tasks,
      task: 'compare',
      timeout: Duration.hours(24),
      operationId: '$.plan.recoveryId',
    });
    const notCompared = new Fail(this.#scope, 'NotCompared', {
      stateName: 'NotCompared',
      comment: 'nothing was changed; without fullDigest the plan says what it does not know',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    // Twice at once it does no harm: what fell silent, or was never started, is tried again.
    step.addRetry({ errors: ['States.HeartbeatTimeout'], interval: Duration.minutes(1), maxAttempts: 2 });
    step.addCatch(notCompared, { resultPath: '$.failure' });
    return step;
  }

  #decide(compare: IChainable, approval: IChainable, lock: IChainable): Choice {
    const decision = (value: string) => Condition.stringEquals('$.plan.decision', value);
    return new Choice(this.#scope, 'Decide', { stateName: 'Decide' })
      .when(decision('compare'), compare)
      .when(
        decision('refused'),
        new Fail(this.#scope, 'Refused', {
          stateName: 'Refused',
          comment: 'no procedure is possible; the cause says why',
          error: 'RecoveryRefused',
          causePath: '$.plan.reason',
        }),
      )
      .when(
        decision('dry-run'),
        new Succeed(this.#scope, 'DryRun', { stateName: 'DryRun', outputPath: '$.plan' }),
      )
      .when(decision('approved'), lock)
      .otherwise(approval);
  }

  #requestApproval(expiry: Duration): LambdaInvoke {
    const step = lambdaTokenStep(this.#scope, 'RequestApproval', this.#functions.requestApproval, {
      payload: {
        taskToken: JsonPath.taskToken,
        recoveryId: JsonPath.stringAt('$.plan.recoveryId'),
        planHash: JsonPath.stringAt('$.plan.planHash'),
        planPath: JsonPath.stringAt('$.plan.planPath'),
        expiresInSeconds: expiry.toSeconds(),
      },
      resultPath: '$.approval',
      timeout: expiry,
    });
    const expired = new Fail(this.#scope, 'ApprovalExpired', {
      stateName: 'ApprovalExpired',
      error: 'ApprovalExpired',
      cause: 'nobody approved the plan in time; nothing was changed',
    });
    const notApproved = new Fail(this.#scope, 'NotApproved', {
      stateName: 'NotApproved',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    step.addCatch(expired, { errors: ['States.Timeout'], resultPath: '$.failure' });
    step.addCatch(notApproved, { resultPath: '$.failure' });
    return step;
  }

  #lock(): LambdaInvoke {
    const step = lambdaStep(this.#scope, 'AcquireLock', this.#functions.lock, {
      payload: { action: 'acquire', execution: JsonPath.stringAt('$$.Execution.Id') },
      resultPath: '$.lock',
      timeout: LOCK_TIMEOUT,
    });
    const locked = new Fail(this.#scope, 'NotLocked', {
      stateName: 'NotLocked',
      comment: 'another operation holds the lock; nothing was changed',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    step.addCatch(locked, { resultPath: '$.failure' });
    return step;
  }

  #isPlanTheSame(proceed: IChainable, assess: IChainable): Choice {
    const release = this.#release('ReleaseLockForNewPlan');
    release.next(assess);
    return new Choice(this.#scope, 'IsPlanTheSame', { stateName: 'IsPlanTheSame' })
      .when(Condition.stringEqualsJsonPath('$.reassessed.planHash', '$.plan.planHash'), proceed)
      .otherwise(release);
  }

  #releaseAfterFailedReassessment(): IChainable {
    const failed = new Fail(this.#scope, 'NotReassessed', {
      stateName: 'NotReassessed',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    return this.#release('ReleaseLockUnused').next(failed);
  }

  #release(id: string): LambdaInvoke {
    return lambdaStep(this.#scope, id, this.#functions.lock, {
      payload: { action: 'release', id: JsonPath.stringAt('$.lock.id') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
  }
}
