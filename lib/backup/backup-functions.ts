import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { grantMetrics } from '../instance/grants.ts';
import type { FunctionHost } from '../instance/instance-resources.ts';
import { MsrFunction, type MsrFunctionProps } from '../runtime/msr-function.ts';
import { LOCK_TIMEOUT } from '../states/lock-timeout.ts';

/** The backup's short work, a Lambda a duty; each one's docblock says what triggers it. */
export class BackupFunctions extends Construct {
  readonly awaitMaintenance: MsrFunction;
  readonly begin: MsrFunction;
  readonly awaitBaseline: MsrFunction;
  readonly protectBaseline: MsrFunction;
  readonly afterFailure: MsrFunction;
  readonly releaseLock: MsrFunction;
  readonly publish: MsrFunction;

  constructor(scope: Construct, id: string, host: FunctionHost) {
    super(scope, id);
    const add = (
      name: string,
      entry: string,
      timeout: Duration,
      more: Pick<MsrFunctionProps, 'network' | 'vault'> = {},
    ) => new MsrFunction(this, name, { host, entry: `${entry}.lambda.ts`, timeout, ...more });
    this.awaitMaintenance = add('AwaitMaintenance', 'backup/await-maintenance', Duration.seconds(30));
    this.begin = add('Begin', 'backup/begin', LOCK_TIMEOUT);
    // Looks and answers, a call for each copy; the waiting is the state machine's.
    const volumes = { vault: 'write' } as const;
    this.awaitBaseline = add('AwaitBaseline', 'backup/await-baseline', Duration.minutes(5), volumes);
    this.protectBaseline = add('ProtectBaseline', 'backup/protect-baseline', Duration.minutes(5), volumes);
    // Waits until the sink is seen RUNNING, then removes what was stored.
    // Deployed under its first name: another one would replace the function.
    this.afterFailure = add('Settle', 'backup/after-failure', Duration.minutes(10), { vault: 'write' });
    this.releaseLock = add('ReleaseLock', 'recovery/lock', Duration.seconds(30));
    this.publish = add('Publish', 'backup/publish', Duration.seconds(30));
    this.#grantPublish();
  }

  get invoked(): readonly MsrFunction[] {
    const { awaitMaintenance, begin, awaitBaseline, protectBaseline, afterFailure, releaseLock, publish } =
      this;
    return [awaitMaintenance, begin, awaitBaseline, protectBaseline, afterFailure, releaseLock, publish];
  }

  #grantPublish(): void {
    grantMetrics(this.publish);
    EventBus.fromEventBusName(this, 'DefaultBus', 'default').grantPutEventsTo(this.publish);
  }
}
