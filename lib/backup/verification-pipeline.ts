import { Duration } from 'aws-cdk-lib';
import { Fail, type IChainable, JsonPath, type StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionHost, InstanceTasks } from '../instance/instance-resources.ts';
import { scheduleExecutions } from '../schedules/execution-schedule.ts';
import { MsrStateMachine } from '../states/msr-state-machine.ts';
import { StopTasks } from '../states/stop-tasks.ts';
import { taskStep } from '../states/task-step.ts';
import { cronOf } from './backup-schedule.ts';

export interface VerificationPipelineProps {
  readonly host: FunctionHost;
  readonly tasks: InstanceTasks;
}

/** What the execution's task is marked with. */
const EXECUTION_NAME = '$$.Execution.Name';

/**
 * Reads stored backups again, every day as many as it takes for each to be read within a month. What is found
 * damaged stands in the vault, and the health run pages it: the execution ends well, since all was read.
 */
export class VerificationPipeline extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { host, tasks }: VerificationPipelineProps) {
    super(scope, id);
    const { key, deadLetters } = host;
    const { identity } = host.access;
    this.stateMachine = new MsrStateMachine(this, 'StateMachine', {
      identity,
      key,
      operation: 'verification',
      definition: this.#definition(tasks),
      // The next one begins.
      timeout: Duration.hours(23),
      taskRole: tasks.taskDefinition.taskRole,
      functions: [],
    });
    const { at } = identity.config.verification;
    scheduleExecutions(this, 'Schedule', {
      ...{ identity, key, deadLetters, stateMachine: this.stateMachine },
      operation: 'verification',
      description: `daily reading of stored backups of the MSR instance ${identity.name}`,
      times: cronOf({ frequency: 'daily', at }),
      maxEventAge: Duration.hours(2),
    });
  }

  #definition(tasks: InstanceTasks): IChainable {
    const verify = taskStep(this, 'VerifyDue', {
      comment:
        'Reads the backups that are due again, so that each is read within a month; changes nothing, safe to stop.',
      tasks,
      task: 'verify-due',
      timeout: Duration.hours(22),
      operationId: EXECUTION_NAME,
    });
    const damaged = new Succeed(this, 'DamageFound', {
      stateName: 'DamageFound',
      comment: 'all that was due was read, and the vault holds what is damaged: the health run pages it',
    });
    const failed = new Fail(this, 'NotVerified', {
      stateName: 'NotVerified',
      comment: 'nothing is known to be damaged; the next run goes on with what is due',
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    const stop = new StopTasks(this, 'StopTasks', {
      cluster: tasks.cluster,
      startedBy: EXECUTION_NAME,
      unstoppable: failed,
    });
    verify.addCatch(damaged, { errors: ['BackupDamagedError'], resultPath: '$.failure' });
    verify.addCatch(stop, { resultPath: '$.failure' });
    stop.next(failed);
    return verify.next(
      new Succeed(this, 'Verified', {
        stateName: 'Verified',
        comment: 'What was due was read, and is as its manifests say.',
        outputPath: JsonPath.DISCARD,
      }),
    );
  }
}
