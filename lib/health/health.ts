import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FunctionHost } from '../instance/instance-resources.ts';
import { acknowledge } from '../nag/acknowledge.ts';
import { MsrFunction } from '../runtime/msr-function.ts';
import type { FunctionSchedules } from '../schedules/function-schedules.ts';

export interface HealthProps {
  readonly host: FunctionHost;
  readonly schedules: FunctionSchedules;
}

/**
 * Most of what a run reads is garbage at once: with a small young generation it is gone at once, too. A run
 * with ten thousand backups then takes 190 MB instead of 260.
 */
export const HEALTH_NODE_FLAGS = ['--max-semi-space-size=8'] as const;

/** Runs the health checks every few minutes. What it finds are metrics in its log. */
export class Health extends MsrFunction {
  constructor(scope: Construct, id: string, { host, schedules }: HealthProps) {
    super(scope, id, {
      host,
      entry: 'health/health.lambda.ts',
      // The slowest check has 30 s, and they run side by side.
      timeout: Duration.minutes(2),
      late: 'useless',
      nodeFlags: HEALTH_NODE_FLAGS,
    });
    acknowledge(
      this,
      'Serverless::Serverless-LambdaDLQ',
      'a run that is late is worth nothing; its silence pages by itself (health-silent)',
    );
    schedules.addEvery('health', this, Duration.minutes(host.access.identity.config.health.everyMinutes));
  }
}
