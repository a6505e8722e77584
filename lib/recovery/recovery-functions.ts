import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { grantAlert } from '../instance/grants.ts';
import type { FunctionHost, InstanceAlerts } from '../instance/instance-resources.ts';
import { MsrFunction } from '../runtime/msr-function.ts';
import { LOCK_TIMEOUT } from '../states/lock-timeout.ts';

/** The recovery's short work, a Lambda a duty; each one's docblock says what triggers it. */
export class RecoveryFunctions extends Construct {
  readonly assess: MsrFunction;
  readonly requestApproval: MsrFunction;
  readonly lock: MsrFunction;
  readonly rollBack: MsrFunction;
  readonly report: MsrFunction;

  constructor(scope: Construct, id: string, host: FunctionHost, alerts: InstanceAlerts) {
    super(scope, id);
    const add = (name: string, entry: string, timeout: Duration) =>
      new MsrFunction(this, name, { host, entry: `recovery/${entry}.lambda.ts`, timeout });
    // Looks at several systems, each of which may take its time to answer, or not to.
    this.assess = add('Assess', 'assess', Duration.minutes(15));
    this.requestApproval = add('RequestApproval', 'request-approval', Duration.seconds(30));
    this.lock = add('Lock', 'lock', LOCK_TIMEOUT);
    // Waits until the sink is seen RUNNING.
    this.rollBack = add('RollBack', 'roll-back', Duration.minutes(10));
    this.report = add('Report', 'report', Duration.minutes(2));
    grantAlert(this.requestApproval, alerts);
    grantAlert(this.report, alerts);
  }

  get all(): readonly MsrFunction[] {
    return [this.assess, this.requestApproval, this.lock, this.rollBack, this.report];
  }
}
