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
    const assess = this.#assess(
      'Assess',
      'Looks at database, Kafka, Connect and vault, and plans; writes assessment and plan to the vault and changes nothing. Safe to stop.',
      '$.plan',
      {},
    );
    const reassess = this.#assess(
      'Reassess',
      'Looks once more, now that nobody else may work: the world must be the one that was approved. Safe to stop.',
      '$.reassessed',
      {
        lockId: JsonPath.stringAt('$.lock.id'),
        compared: JsonPath.objectAt('$.plan.compared'),
      },
    );
    const lock = this.#lock();
    lock.next(reassess);
    reassess.addCatch(this.#releaseAfterFailedReassessment(), { resultPath: '$.failure' });
    reassess.next(this.#isPlanTheSame(proceed, assess));
    const approval = this.#requestApproval(approvalExpiry);
    approval.next(lock);
    const compare = this.#compare(tasks);
    const decide = this.#decide(compare, approval, lock);
    assess.next(decide);
    compare
      .next(
        this.#assess(
          'AssessCompared',
          'Plans again by what the comparison of all events has found; changes nothing. Safe to stop.',
          '$.plan',
          { compared: true },
        ),
      )
      .next(decide);
    this.start = assess;
  }

  #assess(
    id: string,
    comment: string,
    resultPath: string,
    more: Readonly<Record<string, unknown>>,
  ): LambdaInvoke {
    return lambdaStep(this.#scope, id, this.#functions.assess, {
      comment,
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
      comment: 'Compares all events of the live database with backup and Kafka; only reads. Safe to stop.',
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
    return new Choice(this.#scope, 'Decide', {
      stateName: 'Decide',
      comment:
        'Goes by the plan: compare all first, refuse, end a dry run, ask, or carry out what is approved.',
    })
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
        new Succeed(this.#scope, 'DryRun', {
          stateName: 'DryRun',
          comment: 'Ends with the plan, as asked: nothing was changed.',
          outputPath: '$.plan',
        }),
      )
      .when(decision('approved'), lock)
      .otherwise(approval);
  }

  #requestApproval(expiry: Duration): LambdaInvoke {
    const step = lambdaTokenStep(this.#scope, 'RequestApproval', this.#functions.requestApproval, {
      comment:
        'Asks the people who are paged to approve the plan, and waits: `msr approve` or `msr reject` answers. Nothing was changed so far; safe to stop.',
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
      comment: 'Nobody answered in time: nothing was changed.',
      error: 'ApprovalExpired',
      cause: 'nobody approved the plan in time; nothing was changed',
    });
    const notApproved = new Fail(this.#scope, 'NotApproved', {
      stateName: 'NotApproved',
      comment: 'The plan was rejected, or the question could not be asked: nothing was changed.',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    step.addCatch(expired, { errors: ['States.Timeout'], resultPath: '$.failure' });
    step.addCatch(notApproved, { resultPath: '$.failure' });
    return step;
  }

  #lock(): LambdaInvoke {
    const step = lambdaStep(this.#scope, 'AcquireLock', this.#functions.lock, {
      comment:
        'Takes the lock of all operations, so that no backup, cutover or restore runs beside this one. Safe to stop.',
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
    const release = this.#release(
      'ReleaseLockForNewPlan',
      'Gives the lock back before a new plan is asked about.',
    );
    release.next(assess);
    return new Choice(this.#scope, 'IsPlanTheSame', {
      stateName: 'IsPlanTheSame',
      comment: 'Carries the approved plan out, or goes back to ask, where the world has changed since.',
    })
      .when(Condition.stringEqualsJsonPath('$.reassessed.planHash', '$.plan.planHash'), proceed)
      .otherwise(release);
  }

  #releaseAfterFailedReassessment(): IChainable {
    const failed = new Fail(this.#scope, 'NotReassessed', {
      stateName: 'NotReassessed',
      comment: 'The second look failed: nothing was changed, and the lock was given back.',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    return this.#release('ReleaseLockUnused', 'Gives the lock back that was not used.').next(failed);
  }

  #release(id: string, comment: string): LambdaInvoke {
    return lambdaStep(this.#scope, id, this.#functions.lock, {
      comment,
      payload: { action: 'release', id: JsonPath.stringAt('$.lock.id') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
  }
}
