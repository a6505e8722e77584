import { Duration } from 'aws-cdk-lib';
import { Fail, type IChainable, JsonPath, type StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { cronOf } from '../backup/backup-schedule.ts';
import type { FunctionHost, InstanceTasks } from '../instance/instance-resources.ts';
import { scheduleExecutions } from '../schedules/execution-schedule.ts';
import { MsrStateMachine } from '../states/msr-state-machine.ts';
import { StopTasks } from '../states/stop-tasks.ts';
import { taskStep } from '../states/task-step.ts';

export interface DrillPipelineProps {
  readonly host: FunctionHost;
  readonly tasks: InstanceTasks;
}

/** What the execution's task is marked with. */
const EXECUTION_NAME = '$$.Execution.Name';

/**
 * Drills recoveries, once a week: the newest backup on the server of recoveries, up to the cutover and not
 * further. How it went stands in the vault, and the health run tells the age of the last one that passed.
 */
export class DrillPipeline extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { host, tasks }: DrillPipelineProps) {
    super(scope, id);
    const { key, deadLetters } = host;
    const { identity } = host.access;
    this.stateMachine = new MsrStateMachine(this, 'StateMachine', {
      identity,
      key,
      operation: 'drill',
      definition: this.#definition(tasks),
      timeout: Duration.hours(47),
      taskRole: tasks.taskDefinition.taskRole,
      functions: [],
    });
    const { day, at } = identity.config.drill;
    if (day === 'never') return;
    scheduleExecutions(this, 'Schedule', {
      ...{ identity, key, deadLetters, stateMachine: this.stateMachine },
      operation: 'drill',
      description: `weekly drill of a recovery of the MSR instance ${identity.name}`,
      times: { ...cronOf({ frequency: 'daily', at }), weekDay: day },
      maxEventAge: Duration.hours(2),
    });
  }

  #definition(tasks: InstanceTasks): IChainable {
    const drill = taskStep(this, 'Drill', {
      comment:
        'Restores the newest backup on the server of recoveries, replays Kafka, proves it and drops it again; touches neither sink nor live database, safe to stop.',
      tasks,
      task: 'drill',
      timeout: Duration.hours(46),
      operationId: EXECUTION_NAME,
    });
    const failed = new Fail(this, 'NotPassed', {
      stateName: 'NotPassed',
      comment: 'a recovery would meet the same: the cause says what, the report lies in the vault',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    const stop = new StopTasks(this, 'StopTasks', {
      cluster: tasks.cluster,
      startedBy: EXECUTION_NAME,
      unstoppable: failed,
    });
    drill.addCatch(stop, { resultPath: '$.failure' });
    stop.next(failed);
    return drill.next(
      new Succeed(this, 'Passed', {
        stateName: 'Passed',
        comment: 'A recovery would have ended well, or the drill has made room for another operation.',
        outputPath: JsonPath.DISCARD,
      }),
    );
  }
}
