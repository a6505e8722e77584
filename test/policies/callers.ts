import { APP_ID_VARIABLE } from '../../lib/runtime/app-id.ts';
import type { Account, DeployedResource } from './account.ts';

/** A function or a task: who calls, with which role, and from where. */
export interface Caller {
  /** AWS_SDK_UA_APP_ID, which every call carries. */
  readonly app: string;
  readonly role: string;
  /** Whether it runs in the network that has perhaps no way out. */
  readonly isInside: boolean;
}

/** A function that is used in two places has two roles, and one app id. */
export function callersOf(account: Account): Caller[] {
  return [
    ...account.ofType('AWS::Lambda::Function').flatMap(functionCaller),
    ...account.ofType('AWS::ECS::TaskDefinition').flatMap(taskCallers),
  ];
}

function functionCaller({ properties }: DeployedResource): Caller[] {
  const environment = properties['Environment'] as { Variables?: Record<string, string> } | undefined;
  const app = environment?.Variables?.[APP_ID_VARIABLE];
  // The CDK's own functions, which serve CloudFormation alone.
  if (app === undefined) return [];
  return [{ app, role: properties['Role'] as string, isInside: properties['VpcConfig'] !== undefined }];
}

interface Container {
  readonly Environment?: ReadonlyArray<{ readonly Name: string; readonly Value: string }>;
}

function taskCallers({ properties }: DeployedResource): Caller[] {
  return (properties['ContainerDefinitions'] as Container[]).flatMap(({ Environment = [] }) => {
    const app = Environment.find(({ Name }) => Name === APP_ID_VARIABLE)?.Value;
    return app === undefined ? [] : [{ app, role: properties['TaskRoleArn'] as string, isInside: true }];
  });
}
