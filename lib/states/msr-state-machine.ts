import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  type IChainable,
  LogLevel,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { InstanceIdentity } from '../instance/instance-resources.ts';
import { acknowledge, Finding, resourceFinding } from '../nag/acknowledge.ts';

export interface MsrStateMachineProps {
  readonly identity: InstanceIdentity;
  /** Encrypts its data and its log. */
  readonly key: IKey;
  /** `recovery`: the machine is called `msr-<stage>-<instance>-recovery`. */
  readonly operation: string;
  readonly definition: IChainable;
  readonly timeout: Duration;
  /** Who reports to it under a task token. */
  readonly taskRole: IRole;
  /** Every Lambda that it invokes. */
  readonly functions: readonly IFunction[];
}

/**
 * A state machine as all of ours are: JSONPath, every event logged, traced, encrypted;
 * its tasks may report to it.
 */
export class MsrStateMachine extends StateMachine {
  /** Holds every event of every execution. */
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: MsrStateMachineProps) {
    const { identity, key } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      encryptionKey: key,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      stateMachineName: `msr-${identity.stage}-${identity.name}-${props.operation}`,
      definitionBody: DefinitionBody.fromChainable(props.definition),
      // Not JSONata: no local interpreter runs it faithfully (docs/adr/0001).
      queryLanguage: QueryLanguage.JSON_PATH,
      timeout: props.timeout,
      tracingEnabled: true,
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(key),
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: true,
        destination: logGroup,
      },
    });
    this.logGroup = logGroup;
    this.grantTaskResponse(props.taskRole);
    this.#grantReports(props);
    this.#acknowledgeFindings(props.functions);
  }

  /** Whoever reports a task's end writes into a history that is encrypted. */
  #grantReports({ taskRole, key }: MsrStateMachineProps): void {
    Grant.addToPrincipal({
      grantee: taskRole,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resourceArns: [key.keyArn],
      conditions: {
        StringEquals: { 'kms:EncryptionContext:aws:states:stateMachineArn': this.stateMachineArn },
      },
    });
  }

  #acknowledgeFindings(functions: readonly IFunction[]): void {
    acknowledge(this, Finding.anyResource, 'X-Ray, log delivery and ecs:ListTasks have no resources to name');
    for (const fn of functions) {
      const versions = resourceFinding(this, `${fn.functionArn}:*`);
      acknowledge(this, versions, 'the versions of this one function');
    }
  }
}
