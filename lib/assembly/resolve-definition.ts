/** A CloudFormation template, as far as somebody here reads it. */
export interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties?: Readonly<Record<string, unknown>>;
        readonly DeletionPolicy?: string;
      }
    >
  >;
}

/** Stands for the account and region in resolved ARNs: no resource of it exists. */
const PLACE = { partition: 'aws', region: 'us-east-1', account: '000000000000' } as const;

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': PLACE.partition,
  'AWS::Region': PLACE.region,
  'AWS::AccountId': PLACE.account,
  'AWS::URLSuffix': 'amazonaws.com',
};

const ARN_OF: Readonly<Record<string, (logicalId: string) => string>> = {
  'AWS::Lambda::Function': (id) => arn('lambda', `function:${id}`),
  'AWS::ECS::Cluster': (id) => arn('ecs', `cluster/${id}`),
};

/**
 * The state machine's definition as text, with every reference replaced: a function's or a cluster's ARN ends
 * in its logical id, by which the runner finds its bundle; anything else is its logical id.
 * @throws RangeError for an intrinsic function, or an attribute, that no definition of ours has needed so far
 */
export function resolveDefinition(template: Template, stateMachineId: string): string {
  const definition = template.Resources[stateMachineId]?.Properties?.['DefinitionString'];
  const resolve = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const [[intrinsic, argument] = []] = Object.entries(value as Record<string, unknown>);
    switch (intrinsic) {
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown[]];
        return parts.map(resolve).join(separator);
      }
      case 'Ref':
        return PSEUDO_PARAMETERS[argument as string] ?? (argument as string);
      case 'Fn::GetAtt':
        return attribute(template, ...(argument as [string, string]));
      default:
        throw new RangeError(`cannot resolve ${JSON.stringify(value)} in ${stateMachineId}`);
    }
  };
  return resolve(definition);
}

function attribute(template: Template, logicalId: string, name: string): string {
  const type = template.Resources[logicalId]?.Type ?? 'nothing';
  const toArn = ARN_OF[type];
  if (name === 'Arn' && toArn !== undefined) return toArn(logicalId);
  if (name === 'GroupId') return logicalId;
  throw new RangeError(`cannot resolve the attribute ${name} of ${logicalId} (${type})`);
}

function arn(service: string, resource: string): string {
  return `arn:${PLACE.partition}:${service}:${PLACE.region}:${PLACE.account}:${resource}`;
}
