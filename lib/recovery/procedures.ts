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

/** The tasks of the procedures, with the time that each has. */
const STEPS = {
  Prepare: {
    task: 'prepare',
    hours: 24,
    comment:
      'Brings about what the recovery begins with: the pipeline of a cold one, the dump of another zone. Safe to stop: run again it goes on.',
  },
  Restore: {
    task: 'restore',
    hours: 24,
    comment:
      'Builds the database beside the live one, which nothing touches. Safe to stop: a later start goes on or begins anew.',
  },
  Replay: {
    task: 'replay',
    hours: 24,
    comment:
      'Replays from Kafka what came after the backup and proves it; the sink goes on feeding the live database. Safe to stop: a later start goes on.',
  },
  CutOver: {
    task: 'cut-over',
    hours: 2,
    comment:
      'Stops the sink for seconds, replays the rest, proves it, and gives the new database the live name. Better not stopped: before the commit point all is as before, after it a new start finishes it; a guardian lets the sink run.',
  },
  Repair: {
    task: 'repair',
    hours: 24,
    comment:
      "Mends what is live where it is: values, the sink's position, or damaged hours, in one transaction. Safe to stop: run again it converges.",
  },
  Undo: {
    task: 'undo',
    hours: 1,
    comment:
      'Goes back to what was before the recovery, or takes that back. Better not stopped: a new start finishes it; a guardian lets the sink run.',
  },
} as const satisfies Readonly<
  Record<string, { readonly task: RecoveryTaskName; readonly hours: number; readonly comment: string }>
>;

/**
 * Restore beside, replay and prove, cut over; or the one step back, undo. Each task is one process that
 * converges when it is run again; the report of a recovery that is live is never a reason to touch it.
 */
export class Procedures {
  readonly start: Choice;
  readonly cutOver: TaskStateBase;
  readonly #steps: readonly TaskStateBase[];

  constructor(scope: Construct, { functions, tasks }: ProceduresProps) {
    const step = (id: keyof typeof STEPS) => {
      const { hours, ...said } = STEPS[id];
      const ids = { operationId: '$.plan.recoveryId', lockId: '$.lock.id' };
      return taskStep(scope, id, { tasks, ...said, ...ids, timeout: Duration.hours(hours) });
    };
    const [prepare, restore, replay] = [step('Prepare'), step('Restore'), step('Replay')];
    const [repair, undo] = [step('Repair'), step('Undo')];
    this.cutOver = step('CutOver');
    this.#steps = [prepare, restore, replay, this.cutOver, repair, undo];

    const report = lambdaStep(scope, 'Report', functions.report, {
      comment: 'Writes the report of what was recovered and proven; the recovery itself is over.',
      payload: {
        recoveryId: JsonPath.stringAt('$.plan.recoveryId'),
        procedure: JsonPath.stringAt('$.plan.procedure'),
        outcome: 'recovered',
      },
      resultPath: '$.report',
      timeout: Duration.minutes(2),
    });
    const release = lambdaStep(scope, 'ReleaseLock', functions.lock, {
      comment: 'Gives the lock of all operations back; safe to stop, its lease ends by itself.',
      payload: { action: 'release', id: JsonPath.stringAt('$.lock.id') },
      resultPath: JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
    const recovered = new Succeed(scope, 'Recovered', {
      stateName: 'Recovered',
      comment: 'The output says the verdict, what was set aside or lost, and where the report lies.',
      outputPath: '$.report',
    });
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
    this.start = new Choice(scope, 'Procedure', {
      stateName: 'Procedure',
      comment: 'Goes by the procedure of the approved plan.',
    })
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
