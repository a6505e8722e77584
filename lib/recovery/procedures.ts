import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  Succeed,
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { RecoveryTaskName } from '../../src/edge/task-environment.ts';
import { type PlannedProcedure, PREPARED, REPAIRS, SWAPS } from '../../src/recovery/plan/procedures.ts';
import type { InstanceTasks } from '../instance/instance-resources.ts';
import { lambdaStep } from '../states/lambda-step.ts';
import { taskStep } from '../states/task-step.ts';
import type { RecoveryFunctions } from './recovery-functions.ts';

export interface ProceduresProps {
  readonly functions: RecoveryFunctions;
  readonly tasks: InstanceTasks;
}

/**
 * Restore beside, replay and prove, cut over; or the one step back, undo. Each task is one process that
 * converges when it is run again; the report of a recovery that is live is never a reason to touch it.
 */
export class Procedures {
  readonly start: Choice;
  readonly cutOver: TaskStateBase;
  readonly #steps: readonly TaskStateBase[];

  constructor(scope: Construct, { functions, tasks }: ProceduresProps) {
    const step = (id: string, task: RecoveryTaskName, timeout: Duration) =>
      taskStep(scope, id, {
        tasks,
        task,
        timeout,
        operationId: '$.plan.recoveryId',
        lockId: '$.lock.id',
      });
    const restore = step('Restore', 'restore', Duration.hours(24));
    const replay = step('Replay', 'replay', Duration.hours(24));
    this.cutOver = step('CutOver', 'cut-over', Duration.hours(2));
    const prepare = step('Prepare', 'prepare', Duration.hours(24));
    const repair = step('Repair', 'repair', Duration.hours(24));
    const undo = step('Undo', 'undo', Duration.hours(1));
    this.#steps = [prepare, restore, replay, this.cutOver, repair, undo];

    const report = lambdaStep(scope, 'Report', functions.report, {
      payload: {
        recoveryId: JsonPath.stringAt('$.plan.recoveryId'),
        procedure: JsonPath.stringAt('$.plan.procedure'),
        outcome: 'recovered',
      },
      resultPath: '$.report',
      timeout: Duration.minutes(2),
    });
    const release = lambdaStep(scope, 'ReleaseLock', functions.lock, {
      payload: { action: 'release', id: JsonPath.stringAt('$.lock.id') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
    const recovered = new Succeed(scope, 'Recovered', { stateName: 'Recovered', outputPath: '$.report' });
    const notReported = new Fail(scope, 'NotReported', {
      stateName: 'NotReported',
      comment: 'the recovered database is live; only its report or the lock failed',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    report.addCatch(notReported, { resultPath: '$.failure' });
    release.addCatch(notReported, { resultPath: '$.failure' });

    this.cutOver.next(report);
    undo.next(report);
    report.next(release).next(recovered);
    restore.next(replay).next(this.cutOver);
    repair.next(report);
    prepare.next(restore);
    const oneOf = (procedures: readonly PlannedProcedure[]) =>
      Condition.or(...procedures.map((name) => Condition.stringEquals('$.plan.procedure', name)));
    this.start = new Choice(scope, 'Procedure', { stateName: 'Procedure' })
      .when(oneOf(SWAPS), undo)
      .when(oneOf(REPAIRS), repair)
      .when(oneOf(PREPARED), prepare)
      .otherwise(restore);
  }

  /** Every step's failure, whatever its name. */
  onFailure(path: IChainable): void {
    for (const step of this.#steps) step.addCatch(path, { resultPath: '$.failure' });
  }
}
