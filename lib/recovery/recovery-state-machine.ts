import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  type IChainable,
  LogLevel,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { FailurePath } from './failure-path.ts';
import { Preparation } from './preparation.ts';
import type { RecoveryFunctions } from './recovery-functions.ts';
import type { RecoveryTasks } from './recovery-tasks.ts';
import { StandardProcedure } from './standard-procedure.ts';

export interface RecoveryStateMachineProps {
  readonly functions: RecoveryFunctions;
  readonly tasks: RecoveryTasks;
  readonly key: IKey;
  /** How long a plan waits for its approval. @default 12 hours */
  readonly approvalExpiry?: Duration;
}

/**
 * The recovery from assessment to report. Preparation ends with an approved plan under the lock; the procedure
 * carries it out; whatever fails in it stops its tasks, then rolls back, or forward after the commit point.
 */
export class RecoveryStateMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: RecoveryStateMachineProps) {
    super(scope, id);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      definitionBody: DefinitionBody.fromChainable(this.#definition(props)),
      // Not JSONata: no local interpreter runs it faithfully (docs/adr/0001).
      queryLanguage: QueryLanguage.JSON_PATH,
      timeout: Duration.days(3),
      tracingEnabled: true,
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(props.key),
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: true,
        destination: new LogGroup(this, 'Logs', {
          encryptionKey: props.key,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    this.stateMachine.grantTaskResponse(props.tasks.taskDefinition.taskRole);
  }

  #definition({
    functions,
    tasks,
    approvalExpiry = Duration.hours(12),
  }: RecoveryStateMachineProps): IChainable {
    const procedure = new StandardProcedure(this, { functions, tasks });
    const failure = new FailurePath(this, { functions, cluster: tasks.cluster });
    failure.again(procedure.start);
    failure.forward(procedure.cutOver);
    procedure.onFailure(failure.start);
    return new Preparation(this, { functions, approvalExpiry, proceed: procedure.start }).start;
  }
}
