import { Duration } from 'aws-cdk-lib';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  type Pass,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { lambdaStep } from './lambda-step.ts';
import { StopTasks } from './stop-tasks.ts';

export interface FailurePathProps {
  readonly cluster: ICluster;
  /** JSONPath of what the execution's tasks are marked with. */
  readonly startedBy: string;
  /** Puts in order what the failed step left, and decides what follows. */
  readonly decide: LambdaInvoke;
  /** The Choice that follows it. */
  readonly choice: { readonly name: string; readonly comment: string };
  /** JSONPath of that step's answer, which holds `decision` and `waitSeconds`. */
  readonly decided: string;
  /** Between the decision to give up and the release of the lock. @default nothing */
  readonly report?: LambdaInvoke;
  /** Stands in for the words of whichever of the two steps was to find them, where it fails itself. */
  readonly wordless: Pass;
  /**
   * JSONPath of the `error` and `cause` that the execution ends with: a time-out's own
   * failure need not have a Cause.
   */
  readonly told: string;
  /** Gives back the lock, whose id stands at the path. */
  readonly lock: { readonly function: IFunction; readonly id: string };
  /** What the execution ends with where ECS cannot be asked to stop its tasks. */
  readonly unstoppable: string;
}

export interface Pause {
  readonly name: string;
  readonly comment: string;
}

/**
 * What follows a failed step: stop its task and make sure of it; then a Lambda puts things in order and
 * decides: on, again, or the end, before which the lock is given back. An execution that ends here, or never
 * gets here, calls the janitor.
 */
export class FailurePath {
  readonly start: IChainable;
  readonly #scope: Construct;
  readonly #decided: string;
  readonly #decision: Choice;

  constructor(scope: Construct, props: FailurePathProps) {
    this.#scope = scope;
    this.#decided = props.decided;
    const stop = new StopTasks(scope, 'StopTasks', {
      cluster: props.cluster,
      startedBy: props.startedBy,
      unstoppable: unstoppable(scope, props.unstoppable),
    });
    const release = releaseThenFail(scope, props);
    const { decide, report, wordless } = props;
    const giveUp = report ?? release;
    if (report === undefined) decide.addCatch(wordless.next(release), { resultPath: '$.unsettled' });
    else {
      decide.addCatch(report, { resultPath: props.decided });
      report.addCatch(wordless.next(release), { resultPath: '$.unreported' });
      report.next(release);
    }
    this.#decision = new Choice(scope, props.choice.name, {
      stateName: props.choice.name,
      comment: props.choice.comment,
    }).otherwise(giveUp);
    this.start = stop.next(decide).next(this.#decision);
  }

  /** Where the decision leads at once. */
  when(decision: string, next: IChainable): void {
    this.#decision.when(Condition.stringEquals(`${this.#decided}.decision`, decision), next);
  }

  /**
   * What made the step fail may need a while to pass: the decision says how long.
   * @param pause the Wait's name and comment
   */
  whenPaused(decision: string, pause: Pause, next: IChainable): void {
    const time = WaitTime.secondsPath(`${this.#decided}.waitSeconds`);
    this.when(
      decision,
      new Wait(this.#scope, pause.name, { stateName: pause.name, comment: pause.comment, time }).next(next),
    );
  }
}

/** Nobody may go on beside a task that perhaps still writes: the lock is not given back. */
function unstoppable(scope: Construct, cause: string): Fail {
  return new Fail(scope, 'TasksNotStopped', {
    stateName: 'TasksNotStopped',
    comment:
      'ECS could not be asked to stop the tasks: the lock is kept until its lease ends, so that nobody works beside them.',
    error: 'TasksNotStopped',
    cause,
  });
}

function releaseThenFail(scope: Construct, { lock, told }: FailurePathProps): LambdaInvoke {
  const release = lambdaStep(scope, 'ReleaseLockAfterFailure', lock.function, {
    comment: 'Gives the lock of all operations back; safe to stop, its lease ends by itself.',
    payload: { action: 'release', id: JsonPath.stringAt(lock.id) },
    resultPath: JsonPath.DISCARD,
    timeout: Duration.minutes(1),
  });
  const failed = new Fail(scope, 'Failed', {
    stateName: 'Failed',
    comment:
      'The end of an operation that failed: error and cause are those of the step, what was put in order stands in the report.',
    errorPath: `${told}.error`,
    causePath: `${told}.cause`,
  });
  release.addCatch(failed, { resultPath: '$.release' });
  release.next(failed);
  return release;
}
