import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { IntegrationPattern, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

export interface LambdaStepProps {
  readonly payload: Readonly<Record<string, unknown>>;
  /** Where the Lambda's answer goes in the state. */
  readonly resultPath: string;
  readonly timeout: Duration;
}

/**
 * Invokes a Lambda with what it needs of the state and keeps its answer beside the rest. Every one of ours may
 * run twice, so that a crash of its sandbox is retried like a refusal of the service.
 */
export function lambdaStep(
  scope: Construct,
  id: string,
  fn: IFunction,
  props: LambdaStepProps,
): LambdaInvoke {
  const step = new LambdaInvoke(scope, id, {
    stateName: id,
    lambdaFunction: fn,
    payload: TaskInput.fromObject({ ...props.payload }),
    payloadResponseOnly: true,
    taskTimeout: Timeout.duration(props.timeout),
    resultPath: props.resultPath,
    retryOnServiceExceptions: true,
  });
  step.addRetry({
    errors: ['Lambda.Unknown', 'Runtime.ExitError', 'Sandbox.Timedout'],
    interval: Duration.seconds(5),
    maxAttempts: 2,
  });
  return step;
}

/** As `lambdaStep`, but ends when somebody answers under the task token that the payload holds. */
export function lambdaTokenStep(
  scope: Construct,
  id: string,
  fn: IFunction,
  props: LambdaStepProps,
): LambdaInvoke {
  return new LambdaInvoke(scope, id, {
    stateName: id,
    lambdaFunction: fn,
    payload: TaskInput.fromObject({ ...props.payload }),
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    taskTimeout: Timeout.duration(props.timeout),
    resultPath: props.resultPath,
    retryOnServiceExceptions: true,
  });
}
