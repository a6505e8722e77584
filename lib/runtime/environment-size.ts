import { Stack } from 'aws-cdk-lib';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MOST_ENVIRONMENT_BYTES = 4096;
/** In place of what only a deployment knows: an ARN or a name of ours is not longer. */
export const ARN_BYTES = 150;

const PSEUDO_BYTES: Readonly<Record<string, number>> = {
  'AWS::AccountId': 12,
  'AWS::Region': 16,
  'AWS::Partition': 10,
  'AWS::URLSuffix': 16,
};

/**
 * Measures a function's environment as the template has it, for the synthesis to refuse what Lambda would
 * refuse in the middle of a deployment.
 * @returns a fact with its HINT; nothing where it fits
 */
export function environmentFaults(fn: LambdaFunction): string[] {
  const { environment } = fn.node.defaultChild as CfnFunction;
  const { variables = {} } = (Stack.of(fn).resolve(environment) ?? {}) as Environment;
  const bytes = Object.entries(variables).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value),
    0,
  );
  if (bytes <= MOST_ENVIRONMENT_BYTES) return [];
  return [
    `the environment of ${fn.node.path} has ${bytes} bytes, and Lambda takes ${MOST_ENVIRONMENT_BYTES}\nHINT: shorten the instance's strategy options (put long commands into an SSM document of your own) or its list of brokers`,
  ];
}

interface Environment {
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** @param value text, or a function of CloudFormation's that makes one */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  const { Ref: ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (join !== undefined) return join[1].reduce<number>((sum, part) => sum + bytesOf(part), 0);
  return (ref === undefined ? undefined : PSEUDO_BYTES[ref]) ?? ARN_BYTES;
}
