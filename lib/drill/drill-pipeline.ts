import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { cronOf } from '../backup/backup-schedule.ts';
import type { FunctionHost, InstanceTasks } from '../instance/instance-resources.ts';
import { ScheduledTask } from '../schedules/scheduled-task.ts';

export interface DrillPipelineProps {
  readonly host: FunctionHost;
  readonly tasks: InstanceTasks;
}

/**
 * Drills recoveries, once a week: the newest backup on the server of recoveries, up to the cutover and not
 * further. How it went stands in the vault, and the health run tells the age of the last one that passed.
 */
export class DrillPipeline extends ScheduledTask {
  constructor(scope: Construct, id: string, { host, tasks }: DrillPipelineProps) {
    const { day, at } = host.access.identity.config.drill;
    super(scope, id, {
      ...{ host, tasks, operation: 'drill', task: 'drill', timeout: Duration.hours(46) },
      description: 'weekly drill of a recovery',
      times: day === 'never' ? undefined : { ...cronOf({ frequency: 'daily', at }), weekDay: day },
      step: {
        name: 'Drill',
        comment:
          'Restores the newest backup on the server of recoveries, replays Kafka, proves it and drops it again; touches neither sink nor live database, safe to stop.',
      },
      passed: {
        name: 'Passed',
        comment: 'A recovery would have ended well, or the drill has made room for another operation.',
      },
      failed: {
        name: 'NotPassed',
        comment: 'a recovery would meet the same: the cause says what, the report lies in the vault',
      },
    });
  }
}
