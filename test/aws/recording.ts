import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { headerOf, type Operation, operationOf, type WireRequest } from './operations.ts';

/** A directory: what the emulators are asked is written there, for test/policies to judge. */
export const RECORDINGS_VARIABLE = 'MSR_AWS_RECORDINGS';

const values = z.record(z.string(), z.string());

/** A call as far as a policy can care: neither bodies of objects nor anything secret. */
export const recordedCall = z.object({
  /** AWS_SDK_UA_APP_ID of who called: `msr-janitor`. */
  app: z.string(),
  service: z.string(),
  operation: z.string(),
  region: z.string(),
  status: z.int(),
  /** What it was about, by the names of the API. */
  about: values,
  /** The tags of what it names, as they were before it. */
  tags: z.record(z.string(), values).default({}),
});
export type RecordedCall = z.infer<typeof recordedCall>;

/** Undefined: nobody wants to know. */
export function recordingsDirectory(): string | undefined {
  return process.env[RECORDINGS_VARIABLE] || undefined;
}

/** Appends one call to this process's file. */
export function record(call: RecordedCall): void {
  append('calls', call);
}

/** What CloudFormation named in the emulator: physical ids by stack and logical id. */
export function recordNames(names: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
  append('names', names);
}

/** What a test stands for: the judge translates what it named into what is deployed. */
export function recordScene(scene: Scene): void {
  append('scenes', scene);
}

export const scene = z.object({
  /** Literal texts in calls, and what they stand for in the deployment. */
  standsFor: values,
});
export type Scene = z.infer<typeof scene>;

function append(kind: string, value: unknown): void {
  const directory = recordingsDirectory();
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  appendFileSync(join(directory, `${kind}-${process.pid}.ndjson`), `${JSON.stringify(value)}\n`);
}

/** Every line of a kind, of every process. @throws ZodError for what is not of that kind */
export function readRecorded<T>(directory: string, kind: string, schema: z.ZodType<T>): T[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith(`${kind}-`))
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => schema.parse(JSON.parse(line)));
}

/** Whoever has no app id is a test itself, an emulator or the CDK: not our code. */
const OUR_APPS = /^msr-/;

/** @returns undefined for what our code did not ask */
export function ourOperation(request: WireRequest): (Operation & { readonly app: string }) | undefined {
  const operation = operationOf(request);
  if (operation?.app === undefined || !OUR_APPS.test(operation.app)) return undefined;
  return { ...operation, app: operation.app };
}

/** Fields of JSON requests that policies care about; all others stay unread. */
const JSON_FIELDS = [
  'SecretId',
  'TopicArn',
  'Namespace',
  'cluster',
  'task',
  'tasks',
  'startedBy',
  'DocumentName',
  'InstanceIds',
  'CommandId',
  'InstanceId',
] as const;

/**
 * What the call is about: a REST request's path, chosen headers, chosen fields of a JSON
 * body, all of a form of EC2's.
 */
export function aboutOf(
  request: WireRequest,
  { service, bucket, path, query }: Operation,
): Record<string, string> {
  switch (service) {
    case 's3':
      return { ...path, Bucket: bucket ?? '', ...s3Details(request, query) };
    case 'scheduler':
      return { ...path, ...scheduleDetails(request, query) };
    case 'events':
      return { Entries: eventsOf(request.body) };
    case 'ec2':
      return Object.fromEntries(new URLSearchParams(request.body));
    case 'sns':
      return { TopicArn: new URLSearchParams(request.body).get('TopicArn') ?? '' };
    default:
      return chosen(parsed(request.body));
  }
}

const S3_HEADERS = [
  'if-match',
  'x-amz-tagging',
  'x-amz-object-lock-mode',
  'x-amz-bypass-governance-retention',
];

function s3Details(request: WireRequest, query: URLSearchParams): Record<string, string> {
  const headers = S3_HEADERS.flatMap((name) => {
    const value = headerOf(request, name);
    return value === undefined ? [] : [[name, value]];
  });
  const parameters = ['versionId', 'prefix'].flatMap((name) =>
    query.has(name) ? [[name, query.get(name) ?? '']] : [],
  );
  const deleted = [...request.body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? '');
  const keys = query.has('delete') ? [['Keys', JSON.stringify(deleted)]] : [];
  return Object.fromEntries([...headers, ...parameters, ...keys]);
}

function scheduleDetails(request: WireRequest, query: URLSearchParams): Record<string, string> {
  const body = z
    .looseObject({
      GroupName: z.string().optional(),
      Target: z.looseObject({ Arn: z.string(), RoleArn: z.string() }),
    })
    .safeParse(parsed(request.body)).data;
  const target = body === undefined ? {} : { TargetArn: body.Target.Arn, RoleArn: body.Target.RoleArn };
  return { GroupName: body?.GroupName ?? query.get('groupName') ?? 'default', ...target };
}

function eventsOf(body: string): string {
  const entry = z.looseObject({
    Source: z.string().optional(),
    DetailType: z.string().optional(),
    EventBusName: z.string().optional(),
  });
  const { Entries = [] } = z.looseObject({ Entries: z.array(entry).optional() }).parse(parsed(body));
  return JSON.stringify(
    Entries.map(({ Source, DetailType, EventBusName = 'default' }) => ({ Source, DetailType, EventBusName })),
  );
}

function chosen(body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null) return {};
  const all = body as Record<string, unknown>;
  return Object.fromEntries(
    JSON_FIELDS.flatMap((name) => {
      const value = all[name];
      if (value === undefined) return [];
      return [[name, typeof value === 'string' ? value : JSON.stringify(value)]];
    }),
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
