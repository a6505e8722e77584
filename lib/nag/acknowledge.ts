import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Findings whose name does not hold a logical id. */
export const Finding = {
  anyResource: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
  lambdaBasicPolicy:
    'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
  lambdaVpcPolicy:
    'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]',
  /** CloudFormation's own validation: a zone that the template names. */
  namedZone: 'CloudFormation-Validate::W3010',
} as const;

/** Accepts one finding of cdk-nag at one construct and below it. @param reason why it stands */
export function acknowledge(scope: IConstruct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id, reason });
}

/**
 * The finding about a wildcard in a policy's resource, whose name is the resource as the template writes it.
 */
export function resourceFinding(scope: IConstruct, resource: string): string {
  return `AwsSolutions::AwsSolutions-IAM5[Resource::${asText(Stack.of(scope).resolve(resource))}]`;
}

/** Writes references as cdk-nag does in the names of its findings. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument] = []] = Object.entries(value as Record<string, unknown>);
  switch (intrinsic) {
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(asText).join(separator);
    }
    case 'Ref':
      return `<${argument}>`;
    case 'Fn::GetAtt':
      return `<${(argument as string[]).join('.')}>`;
    default:
      return JSON.stringify(value);
  }
}
