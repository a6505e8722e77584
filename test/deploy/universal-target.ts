import { z } from 'zod';

/** A schedule's target as CloudFormation has it: references are still objects. */
export interface ScheduleTarget {
  readonly arn: unknown;
  readonly input?: unknown;
  readonly [field: string]: unknown;
}

const joined = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });
const startExecution = z.object({ StateMachineArn: z.string(), Input: z.string().default('{}') });

/**
 * The emulator's scheduler knows Step Functions as a target, but not the universal target of the same call,
 * by which the product names the execution: the same state machine with the same input, without the name.
 * @param target resolved, with its references
 * @returns undefined for any other target
 */
export function plainTarget(target: ScheduleTarget): ScheduleTarget | undefined {
  if (!JSON.stringify(target.arn).includes('aws-sdk:sfn:startExecution')) return undefined;
  const references: unknown[] = [];
  const text = textOf(target.input, references);
  const { StateMachineArn, Input } = startExecution.parse(JSON.parse(text));
  const arn = references[Number(StateMachineArn.replace(/\D/g, ''))];
  return { ...target, arn, input: Input };
}

/** The text with `#0`, `#1`, … in place of the references, which go to `references`. */
function textOf(input: unknown, references: unknown[]): string {
  if (typeof input === 'string') return input;
  const [, parts] = joined.parse(input)['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : `#${references.push(part) - 1}`)).join('');
}
