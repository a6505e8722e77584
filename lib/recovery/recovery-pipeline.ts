import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { IChainable, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../../src/core/metric.ts';
import { ENDED_WITH_THE_PLAN } from '../../src/recovery/recovery-errors.ts';
import {
  type FunctionHost,
  fullName,
  type InstanceAlerts,
  type InstanceIdentity,
  type InstanceTasks,
} from '../instance/instance-resources.ts';
import { MsrStateMachine } from '../states/msr-state-machine.ts';
import { Preparation } from './preparation.ts';
import { Procedures } from './procedures.ts';
import { recoveryFailurePath } from './recovery-failure-path.ts';
import { RecoveryFunctions } from './recovery-functions.ts';

export interface RecoveryPipelineProps {
  readonly host: FunctionHost;
  readonly tasks: InstanceTasks;
  /** Where an approval is asked for. */
  readonly alerts: InstanceAlerts;
}

/** What the procedure takes at most, with its attempts after failures. */
const PROCEDURE_HOURS = 72;
/** A plan that the world has overtaken after its approval is asked about once more. */
const APPROVALS = 2;

/**
 * The recovery from assessment to report. Preparation ends with an approved plan under the lock;
 * the procedure carries it out; whatever fails in it stops its tasks, then rolls back, or
 * forward after the commit point.
 */
export class RecoveryPipeline extends Construct {
  readonly functions: RecoveryFunctions;
  readonly stateMachine: StateMachine;
  /** Executions that failed otherwise than with their plan. */
  readonly failures: Metric;

  constructor(scope: Construct, id: string, { host, tasks, alerts }: RecoveryPipelineProps) {
    super(scope, id);
    const { identity } = host.access;
    this.functions = new RecoveryFunctions(this, 'Lambdas', host, alerts);
    const machine = new MsrStateMachine(this, 'StateMachine', {
      identity,
      key: host.key,
      operation: 'recovery',
      definition: this.#definition(identity, tasks),
      // However late an approval comes: a procedure that has begun is not cut short.
      timeout: Duration.hours(PROCEDURE_HOURS + APPROVALS * identity.config.approval.expiryHours),
      taskRole: tasks.taskDefinition.taskRole,
      functions: this.functions.all,
    });
    this.stateMachine = machine;
    this.failures = this.#countFailures(machine, fullName(identity));
  }

  /**
   * A plan that was rejected, refused or not answered is no failure that wakes somebody:
   * CloudWatch's own count is.
   */
  #countFailures({ logGroup }: MsrStateMachine, instance: string): Metric {
    const error = '$.details.error';
    const others = [...ENDED_WITH_THE_PLAN].map((name) => `(${error} != "${name}")`).join(' && ');
    const filter = new MetricFilter(this, 'Failures', {
      logGroup,
      filterPattern: FilterPattern.literal(
        `{ ($.type = "ExecutionFailed") && ((${error} NOT EXISTS) || (${others})) }`,
      ),
      metricNamespace: METRICS_NAMESPACE,
      // A filter's metric has no dimension of its own choice.
      metricName: `RecoveryFailures ${instance}`,
      metricValue: '1',
    });
    return filter.metric({ statistic: 'sum' });
  }

  #definition({ config }: InstanceIdentity, tasks: InstanceTasks): IChainable {
    const { functions } = this;
    const procedure = new Procedures(this, { functions, tasks });
    const failure = recoveryFailurePath(this, functions, tasks.cluster);
    // Before the commit point every step converges; after it only the cutover can be finished.
    failure.whenPaused(
      'again',
      {
        name: 'PauseBeforeAgain',
        comment:
          'Waits for what made the step fail to pass, then begins the same operation again; safe to stop.',
      },
      procedure.start,
    );
    failure.whenPaused(
      'forward',
      {
        name: 'PauseBeforeForward',
        comment: 'Waits, then finishes the cutover: past the commit point only forward leads out.',
      },
      procedure.cutOver,
    );
    procedure.onFailure(failure.start);
    const approvalExpiry = Duration.hours(config.approval.expiryHours);
    return new Preparation(this, { functions, tasks, approvalExpiry, proceed: procedure.start }).start;
  }
}
