import { Duration } from 'aws-cdk-lib';
import type { IChainable, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { InstanceResources } from '../instance/instance-resources.ts';
import { MsrStateMachine } from '../states/msr-state-machine.ts';
import { FailurePath } from './failure-path.ts';
import { Preparation } from './preparation.ts';
import { RecoveryFunctions } from './recovery-functions.ts';
import { StandardProcedure } from './standard-procedure.ts';

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

  constructor(scope: Construct, id: string, { resources }: { readonly resources: InstanceResources }) {
    super(scope, id);
    this.functions = new RecoveryFunctions(this, 'Lambdas', resources);
    this.stateMachine = new MsrStateMachine(this, 'StateMachine', {
      resources,
      operation: 'recovery',
      definition: this.#definition(resources),
      // However late an approval comes: a procedure that has begun is not cut short.
      timeout: Duration.hours(PROCEDURE_HOURS + APPROVALS * resources.config.approval.expiryHours),
      functions: this.functions.all,
    });
  }

  #definition(resources: InstanceResources): IChainable {
    const { functions } = this;
    const procedure = new StandardProcedure(this, { functions, resources });
    const failure = new FailurePath(this, { functions, cluster: resources.cluster });
    failure.again(procedure.start);
    failure.forward(procedure.cutOver);
    procedure.onFailure(failure.start);
    const approvalExpiry = Duration.hours(resources.config.approval.expiryHours);
    return new Preparation(this, { functions, approvalExpiry, proceed: procedure.start }).start;
  }
}
