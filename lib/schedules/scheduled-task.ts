import { Duration } from 'aws-cdk-lib';
import { Fail, type IChainable, JsonPath, type StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { TaskName } from '../../src/edge/task-environment.ts';
import type { FunctionHost, InstanceTasks } from '../instance/instance-resources.ts';
import { MsrStateMachine } from '../states/msr-state-machine.ts';
import { StopTasks } from '../states/stop-tasks.ts';
import { taskStep } from '../states/task-step.ts';
import { type ExecutionScheduleProps, scheduleExecutions } from './execution-schedule.ts';

/** A state's name, and the sentence that the console shows beside it. */
interface Named {
  readonly name: string;
  readonly comment: string;
}

export interface ScheduledTaskProps {
  readonly host: FunctionHost;
  readonly tasks: InstanceTasks;
  readonly operation: string;
  readonly task: TaskName;
  /** How long the task may take; its execution has an hour more, to stop what is left of it. */
  readonly timeout: Duration;
  /** The schedule's description begins with it, as `weekly drill of a recovery`. */
  readonly description: string;
  /** undefined: never by itself. */
  readonly times: ExecutionScheduleProps['times'] | undefined;
  readonly step: Named;
  readonly passed: Named;
  readonly failed: Named;
  /** Errors of the task that its execution ends well with: whoever is to be told is told otherwise. */
  readonly foreseen?: Named & { readonly errors: string[] };
}

/** What the execution's task is marked with. */
const EXECUTION_NAME = '$$.Execution.Name';

/** A state machine of one task that changes nothing: started by a schedule, and free to be stopped. */
export class ScheduledTask extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: ScheduledTaskProps) {
    super(scope, id);
    const { host, tasks, operation, times } = props;
    const { key, deadLetters } = host;
    const { identity } = host.access;
    this.stateMachine = new MsrStateMachine(this, 'StateMachine', {
      identity,
      key,
      operation,
      definition: this.#definition(props),
      timeout: props.timeout.plus(Duration.hours(1)),
      taskRole: tasks.taskDefinition.taskRole,
      functions: [],
    });
    if (times === undefined) return;
    scheduleExecutions(this, 'Schedule', {
      ...{ identity, key, deadLetters, stateMachine: this.stateMachine, operation, times },
      description: `${props.description} of the MSR instance ${identity.name}`,
      maxEventAge: Duration.hours(2),
    });
  }

  #definition({ tasks, task, timeout, step, passed, failed, foreseen }: ScheduledTaskProps): IChainable {
    const run = taskStep(this, step.name, {
      ...{ comment: step.comment, tasks, task, timeout },
      operationId: EXECUTION_NAME,
    });
    const fail = new Fail(this, failed.name, {
      stateName: failed.name,
      comment: failed.comment,
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    const stop = new StopTasks(this, 'StopTasks', {
      cluster: tasks.cluster,
      startedBy: EXECUTION_NAME,
      unstoppable: fail,
    });
    if (foreseen !== undefined) {
      const { name, comment, errors } = foreseen;
      const end = new Succeed(this, name, { stateName: name, comment });
      run.addCatch(end, { errors, resultPath: '$.failure' });
    }
    run.addCatch(stop, { resultPath: '$.failure' });
    stop.next(fail);
    const { name, comment } = passed;
    return run.next(new Succeed(this, name, { stateName: name, comment, outputPath: JsonPath.DISCARD }));
  }
}
