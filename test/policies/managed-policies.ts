import type { Policy } from './policy.ts';

/** As AWS publishes them: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ */
const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  AWSLambdaBasicExecutionRole: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  AWSLambdaVPCAccessExecutionRole: [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
};

export const MANAGED_PREFIX = 'AWS-managed ';

/** @throws RangeError for one that nothing of ours has had so far */
export function managedPolicy(arn: string): Policy {
  const name = arn.replace(/^.*\//, '');
  const actions = DOCUMENTS[name];
  if (actions === undefined) throw new RangeError(`the managed policy ${arn} is not known here`);
  const Statement = [{ Effect: 'Allow' as const, Action: actions, Resource: '*' }];
  return { name: `${MANAGED_PREFIX}${name}`, document: { Version: '2012-10-17', Statement } };
}
