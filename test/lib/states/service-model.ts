import * as ecs from '@aws-sdk/client-ecs';
import * as lambda from '@aws-sdk/client-lambda';

/** The services that our definitions call by the SDK's integration, by the name in the resource. */
const SDK_SERVICES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { ecs };

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html */
const LAMBDA_PARAMETERS = ['ClientContext', 'FunctionName', 'InvocationType', 'Payload', 'Qualifier'];

/** Reserved by the Amazon States Language, as far as a Task can fail with them. */
const RESERVED = [
  'States.ALL',
  'States.DataLimitExceeded',
  'States.HeartbeatTimeout',
  'States.Permissions',
  'States.TaskFailed',
  'States.Timeout',
];

/**
 * Lambda's errors beyond its model: of the SDK that Step Functions calls with, and of a function's sandbox.
 */
const LAMBDA_ERRORS = [
  'Lambda.AWSLambdaException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.SdkClientException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
];

/**
 * A structure's schema in the SDK: [3, namespace, name, traits, members' names, members'
 * schemas, how many required].
 */
type Struct = readonly [3, string, string, unknown, readonly string[], readonly unknown[], number?];

interface Task {
  readonly Resource?: string;
  readonly [field: string]: unknown;
}

/** What a service would refuse of a Task: one line each. */
export function complaints(name: string, task: Task): string[] {
  const { Resource = '', Parameters = {}, ResultSelector = {} } = task;
  const errors = ['Catch', 'Retry'].flatMap((field) =>
    ((task[field] ?? []) as { ErrorEquals: string[] }[]).flatMap(({ ErrorEquals }) => ErrorEquals),
  );
  const sdk = /:states:::aws-sdk:(?<service>\w+):(?<action>\w+)(\.waitForTaskToken)?$/.exec(Resource)?.groups;
  const found = sdk === undefined ? ofLambda(Resource, Parameters) : ofSdk(sdk, Parameters, ResultSelector);
  const known = new Set([...RESERVED, ...(sdk === undefined ? lambdaErrors() : sdkErrors(sdk['service']))]);
  const unknown = errors.filter((error) => error.includes('.') && !known.has(error));
  return [...found, ...unknown.map((error) => `no error is called ${error}`)].map(
    (text) => `${name}: ${text}`,
  );
}

function ofLambda(resource: string, parameters: unknown): string[] {
  if (/^arn:[^:]+:lambda:[^:]*:[^:]*:function:\w+$/.test(resource)) return [];
  if (!/:states:::lambda:invoke(\.waitForTaskToken)?$/.test(resource)) return [`nobody knows ${resource}`];
  return keysOf(parameters)
    .filter((key) => !LAMBDA_PARAMETERS.includes(key))
    .map((key) => `lambda:invoke takes no ${key}`);
}

function ofSdk(
  { service = '', action = '' }: Readonly<Record<string, string>>,
  parameters: unknown,
  resultSelector: unknown,
): string[] {
  const operation = `${action.charAt(0).toUpperCase()}${action.slice(1)}`;
  const model = SDK_SERVICES[service];
  const [, , , , input, output] = (model?.[`${operation}$`] ?? []) as unknown[];
  if (input === undefined) return [`${service} has no ${operation}`];
  const paths = Object.values(resultSelector as object).filter((path) => String(path).startsWith('$.'));
  return [
    ...wrongMembers(resolved(input), parameters, operation),
    ...paths.flatMap((path) => wrongPath(resolved(output), String(path))),
  ];
}

/** Members that the input does not have, and those that it requires. */
function wrongMembers(schema: unknown, value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => wrongMembers(elementOf(schema), each, path));
  if (!isStruct(schema)) return [];
  const [, , , , members, schemas, required = 0] = schema;
  const given = keysOf(value);
  const missing = members.slice(0, required).filter((member) => !given.includes(sfnName(member)));
  const wrong = Object.entries(value as object).flatMap(([key, inner]) => {
    const at = members.findIndex((member) => sfnName(member) === key.replace(/\.\$$/, ''));
    if (at < 0) return [`${path} takes no ${key}`];
    return key.endsWith('.$') ? [] : wrongMembers(resolved(schemas[at]), inner, `${path}.${key}`);
  });
  return [...missing.map((member) => `${path} requires ${sfnName(member)}`), ...wrong];
}

/** `$.Tasks[0].LastStatus` in what the operation answers. */
function wrongPath(schema: unknown, path: string): string[] {
  let current = schema;
  for (const part of path.replace(/^\$\./, '').split('.')) {
    const [name = '', ...indexes] = part.split('[');
    if (!isStruct(current)) return [`${path} leads into nothing`];
    const at = current[4].findIndex((member) => sfnName(member) === name);
    if (at < 0) return [`the answer has no ${name} at ${path}`];
    current = indexes.reduce<unknown>((list) => elementOf(list), resolved(current[5][at]));
  }
  return [];
}

/** Step Functions writes a member's name with a capital. */
function sfnName(member: string): string {
  return member.charAt(0).toUpperCase() + member.slice(1);
}

function keysOf(value: unknown): string[] {
  return Object.keys(value as object).map((key) => key.replace(/\.\$$/, ''));
}

/** A list's schema is [1, namespace, name, traits, element]; one of simple values is a number. */
function elementOf(schema: unknown): unknown {
  return Array.isArray(schema) && schema[0] === 1 ? resolved(schema[4]) : undefined;
}

/** Schemas of other structures come as functions, and with traits as pairs. */
function resolved(schema: unknown): unknown {
  if (typeof schema === 'function') return resolved(schema());
  const isPair = Array.isArray(schema) && schema.length === 2;
  return isPair ? resolved(schema[0]) : schema;
}

function isStruct(schema: unknown): schema is Struct {
  return Array.isArray(schema) && schema[0] === 3;
}

function lambdaErrors(): string[] {
  return [...LAMBDA_ERRORS, ...exceptionsOf(lambda).map((name) => `Lambda.${name}`)];
}

/** The model's, and the two under which the SDK tells everything else. */
function sdkErrors(service = ''): string[] {
  const prefix = sfnName(service);
  const modelled = exceptionsOf(SDK_SERVICES[service] ?? {}).map((name) => `${prefix}.${name}`);
  return [...modelled, `${prefix}.${prefix}Exception`, `${prefix}.SdkClientException`];
}

function exceptionsOf(client: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(client).filter((name) => name.endsWith('Exception'));
}
