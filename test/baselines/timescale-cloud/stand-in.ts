import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CREDENTIALS = { publicKey: 'public-key', secretKey: 'secret-key-of-the-test' };

export interface StoredService {
  readonly service_id: string;
  readonly project_id: string;
  name: string;
  status: string;
  region_code: string;
  created: string;
  endpoint?: { host: string; port: number };
  forked_from?: { service_id: string };
}

/**
 * A stand-in for the API of Timescale Cloud, which was never reached from here: it answers as its OpenAPI
 * description says (paths, HTTP Basic, 202 for a fork, 204 for a password, errors as {code, message}).
 */
export interface StandIn {
  readonly options: Record<string, unknown>;
  readonly services: StoredService[];
  readonly forks: Array<Record<string, unknown>>;
  readonly passwords: Map<string, string>;
  /** Answers of the next calls, before any other. */
  readonly faults: Array<{ status: number; retryAfter?: string }>;
  readonly calls: string[];
  stop(): Promise<void>;
}

/** What stands behind the API, where a test has real servers for it. */
export interface Behind {
  /** Brings a server up as it was at that moment. */
  fork?(targetTime: string): Promise<{ readonly host: string; readonly port: number }>;
  /** Gives the administrator of a service a password. */
  setPassword?(endpoint: { readonly host: string; readonly port: number }, password: string): Promise<void>;
}

export async function startStandIn(
  source: Partial<StoredService> = {},
  behind: Behind = {},
): Promise<StandIn> {
  const state = {
    behind,
    services: [
      {
        ...{
          service_id: 'source1',
          project_id: 'project1',
          name: 'msr',
          status: 'READY',
          region_code: 'eu-central-1',
        },
        ...{ created: '2026-01-01T00:00:00Z', endpoint: { host: '127.0.0.1', port: 5432 }, ...source },
      },
    ] as StoredService[],
    forks: [] as Array<Record<string, unknown>>,
    passwords: new Map<string, string>(),
    faults: [] as Array<{ status: number; retryAfter?: string }>,
    calls: [] as string[],
  };
  const server = createServer((request, response) => void answer(state, request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const credentialsFile = join(mkdtempSync(join(tmpdir(), 'msr-cloud-')), 'credentials.json');
  writeFileSync(credentialsFile, JSON.stringify(CREDENTIALS), { mode: 0o600 });
  const options = {
    ...{ projectId: 'project1', serviceId: 'source1', credentialsFile },
    apiUrl: `http://127.0.0.1:${address.port}/public/api/v1`,
  };
  const stop = () => new Promise<void>((closed) => server.close(() => closed()));
  return { ...state, options, stop };
}

type State = Omit<StandIn, 'options' | 'stop'> & { readonly behind: Behind };

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').replace('/public/api/v1/projects/project1/services', '');
  state.calls.push(`${request.method} ${path}`);
  const reply = (status: number, body?: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers });
    response.end(body === undefined ? '' : JSON.stringify(body));
  };
  const fault = state.faults.shift();
  if (fault !== undefined) {
    const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
    return reply(fault.status, { code: 'FAULT', message: 'not now' }, headers);
  }
  const { publicKey, secretKey } = CREDENTIALS;
  const expected = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
  if (request.headers.authorization !== expected) return reply(401, { code: 'UNAUTHORIZED', message: 'no' });
  if (path === '') return reply(200, state.services);
  const [, id = '', action] = path.split('/');
  const service = state.services.find(({ service_id }) => service_id === id);
  if (service === undefined) return reply(404, { code: 'NOT_FOUND', message: `no service ${id}` });
  if (action === undefined) return reply(200, service);
  const body = JSON.parse(await textOf(request)) as Record<string, unknown>;
  if (action === 'forkService') return reply(202, fork(state, service, body));
  if (action !== 'updatePassword') return reply(404, { code: 'NOT_FOUND', message: action });
  const password = String(body['password']);
  state.passwords.set(id, password);
  if (service.endpoint !== undefined) await state.behind.setPassword?.(service.endpoint, password);
  return reply(204);
}

function fork(state: State, source: StoredService, body: Record<string, unknown>): StoredService {
  state.forks.push(body);
  const made: StoredService = {
    ...source,
    ...{ service_id: `fork${state.forks.length}`, name: String(body['name']), status: 'CONFIGURING' },
    ...{ endpoint: { host: 'fork.example', port: 33445 }, forked_from: { service_id: source.service_id } },
  };
  state.services.push(made);
  void state.behind.fork?.(String(body['target_time'])).then(
    (endpoint) => Object.assign(made, { endpoint, status: 'READY' }),
    () => Object.assign(made, { status: 'UNSTABLE' }),
  );
  return made;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
