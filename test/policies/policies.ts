import type { Account, DeployedResource } from './account.ts';
import { managedPolicy } from './managed-policies.ts';
import type { Policy } from './policy.ts';

/** A role, who may take it, and what it may do. */
export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly trust: Policy;
  readonly policies: readonly Policy[];
}

/** Every role of the account, with inline, attached and AWS-managed policies. */
export function rolesOf(account: Account): Role[] {
  const attached = account.ofType('AWS::IAM::Policy');
  return account.ofType('AWS::IAM::Role').map((role) => {
    const name = role.arn.replace(/^.*\//, '');
    const { AssumeRolePolicyDocument, Policies, ManagedPolicyArns } = role.properties;
    return {
      name,
      arn: role.arn,
      trust: { name: `${placeOf(role)} (trust)`, document: AssumeRolePolicyDocument as Policy['document'] },
      policies: [
        ...inline(role, Policies),
        ...attached.filter((policy) => listOf(policy.properties['Roles']).includes(name)).map(documentOf),
        ...listOf(ManagedPolicyArns).map((arn) => managedPolicy(arn)),
      ],
    };
  });
}

/** The policy of a bucket, a queue, a topic, a key or a Lambda, by its ARN; an object has its bucket's. */
export function resourcePolicyOf(account: Account, arn: string): Policy | undefined {
  if (arn.startsWith('arn:aws:lambda:')) return lambdaPolicy(account, arn.replace(/:\*$/, ''));
  const target = account.find(arn.replace(/^(arn:aws:s3:::[^/]+).*$/, '$1'));
  if (target?.type === 'AWS::KMS::Key') {
    return { name: placeOf(target), document: target.properties['KeyPolicy'] as Policy['document'] };
  }
  const name = target?.arn.replace(/^.*:/, '');
  const found = account.resources.find(({ type, properties, stack }) => {
    const property = POLICY_TARGETS[type];
    // Another stack, in another region, may have one of the same name.
    if (property === undefined || stack !== target?.stack) return false;
    return listOf(properties[property]).some((each) => each === name || each === target.arn);
  });
  return found === undefined ? undefined : documentOf(found);
}

const POLICY_TARGETS: Readonly<Record<string, string>> = {
  'AWS::S3::BucketPolicy': 'Bucket',
  'AWS::SQS::QueuePolicy': 'Queues',
  'AWS::SNS::TopicPolicy': 'Topics',
  'AWS::SecretsManager::ResourcePolicy': 'SecretId',
};

function documentOf(resource: DeployedResource): Policy {
  return { name: placeOf(resource), document: resource.properties['PolicyDocument'] as Policy['document'] };
}

/** `Pipelines/TaskRoleDefaultPolicy`: unique in a stage. */
function placeOf({ stack, logicalId }: DeployedResource): string {
  return `${stack.replace(/^.*-/, '')}/${logicalId}`;
}

function inline(role: DeployedResource, policies: unknown): Policy[] {
  return listOf<{ PolicyName: string; PolicyDocument: Policy['document'] }>(policies).map(
    ({ PolicyName, PolicyDocument }) => ({
      name: `${placeOf(role)}/${PolicyName}`,
      document: PolicyDocument,
    }),
  );
}

/** A Lambda's permissions are one policy of its own. */
function lambdaPolicy(account: Account, arn: string): Policy | undefined {
  const permissions = account
    .ofType('AWS::Lambda::Permission')
    .filter(({ properties }) => properties['FunctionName'] === arn);
  if (permissions.length === 0) return undefined;
  const Statement = permissions.map(({ properties }) => {
    const { Action, Principal, SourceArn, SourceAccount } = properties as Record<string, string | undefined>;
    const Condition = {
      ...(SourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': SourceArn } }),
      ...(SourceAccount === undefined ? {} : { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
    };
    return {
      Effect: 'Allow' as const,
      Action: Action ?? '',
      Principal: { Service: Principal },
      Resource: arn,
      Condition,
    };
  });
  return {
    name: `permissions of ${arn.replace(/^.*:/, '')}`,
    document: { Version: '2012-10-17', Statement },
  };
}

export function listOf<T = string>(value: unknown): T[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]) as T[];
}
