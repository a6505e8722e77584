import * as s3 from '@aws-sdk/client-s3';
import * as scheduler from '@aws-sdk/client-scheduler';

/** A request to AWS as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As far as it was kept; object bodies need not be. */
  readonly body: string;
}

/** Which operation of which service a request asks for. */
export interface Operation {
  /** By the name that the signature has: `s3`, `states`, `monitoring`. */
  readonly service: string;
  /** As the SDK's command without `Command`: `PutObject`. */
  readonly operation: string;
  readonly region: string;
  /** AWS_SDK_UA_APP_ID of whoever asks. */
  readonly app: string | undefined;
  /** An S3 request has the bucket in its path. */
  readonly bucket: string | undefined;
  /** What a REST request has in its path: `{ Key: … }`, `{ Name: … }`. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/**
 * Those whose requests name no operation: it is told from method, path and query, by the SDK's own models.
 */
const REST: Readonly<Record<string, readonly Route[]>> = { s3: routesOf(s3), scheduler: routesOf(scheduler) };

/** @returns undefined for what is not signed, or is no request to AWS */
export function operationOf(request: WireRequest): Operation | undefined {
  const scope = /Credential=([^,]+)/.exec(headerOf(request, 'authorization') ?? '')?.[1]?.split('/');
  if (scope === undefined) return undefined;
  const [, , region = '', service = ''] = scope;
  const app = /\bapp\/([^\s]+)/.exec(headerOf(request, 'user-agent') ?? '')?.[1];
  const { pathname, searchParams: query } = new URL(request.url, 'http://localhost');
  const common = { service, region, app, query };
  const routes = REST[service];
  if (routes === undefined) return { ...common, operation: named(request), bucket: undefined, path: {} };
  const [, bucket = '', rest = '/'] =
    service === 's3' ? (/^\/([^/]*)(\/.*)?$/.exec(pathname) ?? []) : ['', '', pathname];
  const found = route(routes, request.method, rest, query);
  return {
    ...common,
    operation: found?.operation ?? `${request.method} ${request.url}`,
    path: found?.path ?? {},
    bucket: service === 's3' ? bucket : undefined,
  };
}

export function headerOf({ headers }: Pick<WireRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** JSON names it in a header, forms in a field. */
function named(request: WireRequest): string {
  const target = headerOf(request, 'x-amz-target');
  if (target !== undefined) return target.replace(/^.*\./, '');
  return new URLSearchParams(request.body).get('Action') ?? 'unknown';
}

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  readonly names: readonly string[];
  readonly query: ReadonlyArray<readonly [string, string]>;
}

/** The SDK's schemas: `[9, namespace, name, { http: [method, path, status] }, input, output]`. */
function routesOf(sdk: Readonly<Record<string, unknown>>): Route[] {
  return Object.values(sdk).flatMap((schema) => {
    if (!Array.isArray(schema) || schema[0] !== 9) return [];
    const [, , operation, { http: [method, template] = [] }] = schema as [
      9,
      string,
      string,
      { http?: string[] },
    ];
    if (method === undefined || template === undefined) return [];
    const [path = '', query = ''] = template.split('?');
    const names = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name ?? '');
    const pattern = path.replace(/\{\w+\+\}/g, '(.+)').replace(/\{\w+\}/g, '([^/]+)');
    return [
      { operation, method, path: new RegExp(`^${pattern}$`), names, query: [...new URLSearchParams(query)] },
    ];
  });
}

/** The one with the most literals of its query in the request. */
function route(routes: readonly Route[], method: string, path: string, query: URLSearchParams) {
  const [best] = routes
    .filter((each) => each.method === method && each.path.test(path))
    .filter((each) => each.query.every(([name, value]) => query.get(name) === value))
    .sort((a, b) => b.query.length - a.query.length);
  if (best === undefined) return undefined;
  const values = (best.path.exec(path) ?? []).slice(1);
  const pairs = best.names.map((name, index) => [name, decodeURIComponent(values[index] ?? '')]);
  return { operation: best.operation, path: Object.fromEntries(pairs) as Record<string, string> };
}
