import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { IntegrationPattern, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

export interface LambdaStepProps {
  /** One sentence for whoever looks at the console: what it does, and whether it may be stopped. */
  readonly comment: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Where the Lambda's answer goes in the state. */
  readonly resultPath: string;
  readonly timeout: Duration;
}

/**
 * Lambda could not run the function, by the names of its API
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html) and of Step Functions.
 */
const NOT_RUN = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ResourceConflictException',
  'Lambda.EC2ThrottledException',
  'Lambda.EC2UnexpectedException',
  'Lambda.ENILimitReachedException',
  'Lambda.ENINotReadyException',
  'Lambda.SubnetIPAddressLimitReachedException',
  'Lambda.KMSInvalidStateException',
  // A function that nobody called for weeks has lost its place in the network: the
  // first call asks for another.
  'Lambda.ResourceNotReadyException',
];

/** The function's sandbox ended before the function did. */
const CRASHED = ['Lambda.Unknown', 'Runtime.ExitError', 'Sandbox.Timedout'];

/** A place in a network takes minutes, and a step that puts things in order must not be given up for that. */
function addRetries(step: LambdaInvoke): void {
  step.addRetry({
    errors: NOT_RUN,
    interval: Duration.seconds(5),
    backoffRate: 2,
    maxDelay: Duration.minutes(1),
    maxAttempts: 20,
  });
  step.addRetry({ errors: CRASHED, interval: Duration.seconds(5), maxAttempts: 2 });
}

/**
 * Invokes a Lambda with what it needs of the state and keeps its answer beside the rest. Every one of ours
 * may run twice, so that a crash of its sandbox is retried like a refusal of the service.
 */
export function lambdaStep(
  scope: Construct,
  id: string,
  fn: IFunction,
  props: LambdaStepProps,
): LambdaInvoke {
  const step = new LambdaInvoke(scope, id, {
    stateName: id,
    comment: props.comment,
    lambdaFunction: fn,
    payload: TaskInput.fromObject({ ...props.payload }),
    payloadResponseOnly: true,
    taskTimeout: Timeout.duration(props.timeout),
    resultPath: props.resultPath,
    retryOnServiceExceptions: false,
  });
  addRetries(step);
  return step;
}

/** Like `lambdaStep`, but ends when somebody answers under the task token that the payload holds. */
export function lambdaTokenStep(
  scope: Construct,
  id: string,
  fn: IFunction,
  props: LambdaStepProps,
): LambdaInvoke {
  const step = new LambdaInvoke(scope, id, {
    stateName: id,
    comment: props.comment,
    lambdaFunction: fn,
    payload: TaskInput.fromObject({ ...props.payload }),
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    taskTimeout: Timeout.duration(props.timeout),
    resultPath: props.resultPath,
    retryOnServiceExceptions: false,
  });
  addRetries(step);
  return step;
}
