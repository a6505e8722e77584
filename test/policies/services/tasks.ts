import type { Account, DeployedResource } from '../account.ts';
import type { AccessRequest } from '../simulate.ts';
import { assume } from './assume.ts';

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

interface Container {
  readonly Image: string;
  readonly LogConfiguration?: { readonly Options: Readonly<Record<string, string>> };
}

/** What Fargate does before a container runs, with the execution role, and that the container has its own. */
export function taskRequests(account: Account): AccessRequest[] {
  return account.ofType('AWS::ECS::TaskDefinition').flatMap((definition) => {
    const { ExecutionRoleArn, TaskRoleArn, ContainerDefinitions } = definition.properties;
    const because = `ECS starts ${definition.logicalId}`;
    return [
      ...[ExecutionRoleArn, TaskRoleArn].map((role) =>
        assume(account, role as string, 'ecs-tasks.amazonaws.com', undefined, because),
      ),
      ...(ContainerDefinitions as Container[]).flatMap((container) =>
        containerRequests(account, definition, container, ExecutionRoleArn as string),
      ),
    ];
  });
}

function containerRequests(
  account: Account,
  { region, logicalId }: DeployedResource,
  { Image, LogConfiguration }: Container,
  principal: string,
): AccessRequest[] {
  const repository = Image.replace(/^[^/]+\//, '').replace(/[:@].*$/, '');
  const image = `arn:aws:ecr:${region}:${account.id}:repository/${repository}`;
  const group = LogConfiguration?.Options['awslogs-group'];
  const stream = `arn:aws:logs:${region}:${account.id}:log-group:${group}:log-stream:task/msr/1`;
  const asked = (action: string, resource: string, because: string) => ({
    ...{ principal, action, resource, because },
    context: {},
  });
  const pulls = `ECS pulls the image of ${logicalId}`;
  return [
    asked('ecr:GetAuthorizationToken', '*', pulls),
    ...PULL.map((action) => asked(action, image, pulls)),
    ...(group === undefined ? [] : ['logs:CreateLogStream', 'logs:PutLogEvents']).map((action) =>
      asked(action, stream, `ECS writes the log of ${logicalId}`),
    ),
  ];
}
