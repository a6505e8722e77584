import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FunctionHost } from '../instance/instance-resources.ts';
import { MsrFunction } from '../runtime/msr-function.ts';
import type { FunctionSchedules } from '../schedules/function-schedules.ts';

export interface RetentionProps {
  readonly host: FunctionHost;
  readonly schedules: FunctionSchedules;
}

/** Lets go of old backups once a day: tags what the bucket's lifecycle may delete. */
export class Retention extends MsrFunction {
  constructor(scope: Construct, id: string, { host, schedules }: RetentionProps) {
    super(scope, id, {
      host,
      entry: 'retention/retention.lambda.ts',
      timeout: Duration.minutes(10),
      vault: 'write',
    });
    // At noon, when no backup is likely to hold the lock.
    schedules.add('retention', this, { minute: '0', hour: '12' });
  }
}
