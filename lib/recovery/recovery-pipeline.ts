import { Duration } from 'aws-cdk-lib';
import type { IChainable, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type {
  FunctionHost,
  InstanceAlerts,
  InstanceIdentity,
  InstanceTasks,
} from '../instance/instance-resources.ts';
import { MsrStateMachine } from '../states/msr-state-machine.ts';
import { Preparation } from './preparation.ts';
import { recoveryFailurePath } from './recovery-failure-path.ts';
import { RecoveryFunctions } from './recovery-functions.ts';
import { StandardProcedure } from './standard-procedure.ts';

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
 * The recovery from assessment to report. Preparation ends with an approved plan under the lock; the procedure
 * carries it out; whatever fails in it stops its tasks, then rolls back, or forward after the commit point.
 */
export class RecoveryPipeline extends Construct {
  readonly functions: RecoveryFunctions;
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { host, tasks, alerts }: RecoveryPipelineProps) {
    super(scope, id);
    const { identity } = host.access;
    this.functions = new RecoveryFunctions(this, 'Lambdas', host, alerts);
    this.stateMachine = new MsrStateMachine(this, 'StateMachine', {
      identity,
      key: host.key,
      operation: 'recovery',
      definition: this.#definition(identity, tasks),
      // However late an approval comes: a procedure that has begun is not cut short.
      timeout: Duration.hours(PROCEDURE_HOURS + APPROVALS * identity.config.approval.expiryHours),
      taskRole: tasks.taskDefinition.taskRole,
      functions: this.functions.all,
    });
  }

  #definition({ config }: InstanceIdentity, tasks: InstanceTasks): IChainable {
    const { functions } = this;
    const procedure = new StandardProcedure(this, { functions, tasks });
    const failure = recoveryFailurePath(this, functions, tasks.cluster);
    // Before the commit point every step converges; after it only the cutover can be finished.
    failure.whenPaused('again', 'PauseBeforeAgain', procedure.start);
    failure.whenPaused('forward', 'PauseBeforeForward', procedure.cutOver);
    procedure.onFailure(failure.start);
    const approvalExpiry = Duration.hours(config.approval.expiryHours);
    return new Preparation(this, { functions, approvalExpiry, proceed: procedure.start }).start;
  }
}
