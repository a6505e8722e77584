import type { Account, DeployedResource } from '../account.ts';
import { keyOf, keyRequests, WRITE_WITH_KEY } from '../encryption.ts';
import type { AccessRequest } from '../simulate.ts';
import { assume } from './assume.ts';

const NETWORK = ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'];
const NETWORK_LOOKS = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];

/**
 * What Lambda does with a function's role around each call: its network, its log, its
 * traces, its dead letters.
 */
export function lambdaRequests(account: Account): AccessRequest[] {
  return account.ofType('AWS::Lambda::Function').flatMap((fn) => {
    const role = fn.properties['Role'] as string;
    return [
      assume(account, role, 'lambda.amazonaws.com', fn.arn, `Lambda runs ${fn.logicalId}`),
      ...logging(account, fn, role),
      ...networking(account, fn, role),
      ...deadLetter(account, fn, role),
    ];
  });
}

function logging(account: Account, fn: DeployedResource, principal: string): AccessRequest[] {
  const because = `Lambda logs and traces ${fn.logicalId}`;
  const group = (fn.properties['LoggingConfig'] as { LogGroup?: string } | undefined)?.LogGroup;
  const name = group ?? `/aws/lambda/${fn.arn.replace(/^.*:/, '')}`;
  const stream = `arn:aws:logs:${fn.region}:${account.id}:log-group:${name}:log-stream:1`;
  const traced = fn.properties['TracingConfig'] !== undefined;
  const asked = (action: string, resource: string) => ({ principal, action, resource, context: {}, because });
  return [
    ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => asked(action, stream)),
    ...(traced ? ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].map((each) => asked(each, '*')) : []),
  ];
}

function networking(account: Account, fn: DeployedResource, principal: string): AccessRequest[] {
  if (fn.properties['VpcConfig'] === undefined) return [];
  const because = `Lambda places ${fn.logicalId} in the network`;
  const network = `arn:aws:ec2:${fn.region}:${account.id}:network-interface/eni-0123456789abcdef0`;
  return [
    ...NETWORK.map((action) => ({ principal, action, resource: network, context: {}, because })),
    ...NETWORK_LOOKS.map((action) => ({ principal, action, resource: '*', context: {}, because })),
  ];
}

/** By the function's own role, the queue's key included. */
function deadLetter(account: Account, fn: DeployedResource, principal: string): AccessRequest[] {
  const queue = (fn.properties['DeadLetterConfig'] as { TargetArn?: string } | undefined)?.TargetArn;
  if (queue === undefined) return [];
  const because = `Lambda keeps what ${fn.logicalId} could not do`;
  return [
    { principal, action: 'sqs:SendMessage', resource: queue, context: {}, because },
    ...keyRequests(account, {
      principal,
      key: keyOf(account, queue),
      actions: WRITE_WITH_KEY,
      via: { service: 'sqs', region: fn.region },
      because,
    }),
  ];
}
