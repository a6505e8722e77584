import { Duration } from 'aws-cdk-lib';
import type { IChainable, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { InstanceResources } from '../instance/instance-resources.ts';
import type { Janitor } from '../janitor/janitor.ts';
import { MsrStateMachine } from '../states/msr-state-machine.ts';
import { BackupFailurePath } from './backup-failure-path.ts';
import { BackupFunctions } from './backup-functions.ts';
import { BackupProcedure } from './backup-procedure.ts';
import { BackupSchedule } from './backup-schedule.ts';

export interface BackupPipelineProps {
  readonly resources: InstanceResources;
  readonly janitor: Janitor;
}

/**
 * Backups of one MSR instance, on schedule, from the wait for the maintenance to the event that tells of them. What
 * ends badly leaves nothing behind: the failure path sees to it, and the janitor to what no Catch is told of.
 */
export class BackupPipeline extends Construct {
  readonly functions: BackupFunctions;
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { resources, janitor }: BackupPipelineProps) {
    super(scope, id);
    this.functions = new BackupFunctions(this, 'Lambdas', resources);
    this.stateMachine = new MsrStateMachine(this, 'StateMachine', {
      resources,
      operation: 'backup',
      definition: this.#definition(resources),
      // The starts of the day after find the lock held until then, and are skipped.
      timeout: Duration.hours(36),
      functions: this.functions.invoked,
    });
    janitor.watch('BackupEndedBadly', this.stateMachine);
    new BackupSchedule(this, 'Schedule', { resources, stateMachine: this.stateMachine });
  }

  #definition(resources: InstanceResources): IChainable {
    const procedure = new BackupProcedure(this, { functions: this.functions, resources });
    const failure = new BackupFailurePath(this, { functions: this.functions, resources });
    failure.again(procedure.backup);
    failure.stored(procedure.stored);
    procedure.onFailure(failure.start);
    return procedure.start;
  }
}
