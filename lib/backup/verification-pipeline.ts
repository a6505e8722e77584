import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FunctionHost, InstanceTasks } from '../instance/instance-resources.ts';
import { ScheduledTask } from '../schedules/scheduled-task.ts';
import { cronOf } from './backup-schedule.ts';

export interface VerificationPipelineProps {
  readonly host: FunctionHost;
  readonly tasks: InstanceTasks;
}

/**
 * Reads stored backups again, every day as many as it takes for each to be read within a month. What is found
 * damaged stands in the vault, and the health run pages it: the execution ends well, since all was read.
 */
export class VerificationPipeline extends ScheduledTask {
  constructor(scope: Construct, id: string, { host, tasks }: VerificationPipelineProps) {
    const { at } = host.access.identity.config.verification;
    super(scope, id, {
      ...{ host, tasks, operation: 'verification', task: 'verify-due' },
      // With the hour that an execution has beyond its task, the next one begins.
      timeout: Duration.hours(22),
      description: 'daily reading of stored backups',
      times: cronOf({ frequency: 'daily', at }),
      step: {
        name: 'VerifyDue',
        comment:
          'Reads the backups that are due again, so that each is read within a month; changes nothing, safe to stop.',
      },
      passed: { name: 'Verified', comment: 'What was due was read, and is as its manifests say.' },
      failed: {
        name: 'NotVerified',
        comment: 'nothing is known to be damaged; the next run goes on with what is due',
      },
      foreseen: {
        name: 'DamageFound',
        errors: ['BackupDamagedError'],
        comment: 'all that was due was read, and the vault holds what is damaged: the health run pages it',
      },
    });
  }
}
