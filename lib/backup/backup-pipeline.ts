import { Duration } from 'aws-cdk-lib';
import type { IChainable, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionHost, InstanceIdentity, InstanceTasks } from '../instance/instance-resources.ts';
import type { Janitor } from '../janitor/janitor.ts';
import { MsrStateMachine } from '../states/msr-state-machine.ts';
import { backupFailurePath } from './backup-failure-path.ts';
import { BackupFunctions } from './backup-functions.ts';
import { BackupProcedure } from './backup-procedure.ts';
import { BackupSchedule } from './backup-schedule.ts';

export interface BackupPipelineProps {
  readonly host: FunctionHost;
  readonly tasks: InstanceTasks;
  readonly janitor: Janitor;
}

/**
 * Backups of one MSR instance, on schedule, from the wait for the maintenance to the event that tells
 * of them. What ends badly leaves nothing behind: the failure path sees to it, and the janitor to
 * what no Catch is told of.
 */
export class BackupPipeline extends Construct {
  readonly functions: BackupFunctions;
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { host, tasks, janitor }: BackupPipelineProps) {
    super(scope, id);
    const { key, deadLetters } = host;
    const { identity } = host.access;
    this.functions = new BackupFunctions(this, 'Lambdas', host);
    this.stateMachine = new MsrStateMachine(this, 'StateMachine', {
      identity,
      key,
      operation: 'backup',
      definition: this.#definition(identity, tasks),
      // The starts of the day after find the lock held until then, and are skipped.
      timeout: Duration.hours(36),
      taskRole: tasks.taskDefinition.taskRole,
      functions: this.functions.invoked,
    });
    janitor.watch('BackupEndedBadly', this.stateMachine);
    new BackupSchedule(this, 'Schedule', { identity, key, deadLetters, stateMachine: this.stateMachine });
  }

  #definition({ config }: InstanceIdentity, tasks: InstanceTasks): IChainable {
    const { functions } = this;
    const { maintenanceWaitMinutes } = config.schedule;
    const procedure = new BackupProcedure(this, { functions, tasks, maintenanceWaitMinutes });
    const failure = backupFailurePath(this, functions, tasks.cluster);
    // The same backup from its beginning.
    failure.whenPaused(
      'again',
      {
        name: 'PauseBeforeAgain',
        comment:
          'Waits for what made the step fail to pass, then begins the same operation again; safe to stop.',
      },
      procedure.backup,
    );
    failure.when('stored', procedure.stored);
    procedure.onFailure(failure.start);
    return procedure.start;
  }
}
