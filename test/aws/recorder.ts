import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireRequest } from './operations.ts';
import { aboutOf, ourOperation, record } from './recording.ts';
import { type Tags, tagsOf } from './tags.ts';

/** An endpoint before an emulator's that passes everything through and writes down what our code asks. */
export interface Recorder {
  readonly endpoint: string;
  /** Where the emulator is, once that is known. */
  forwardTo(endpoint: string): void;
  stop(): Promise<void>;
}

/** A front that has recorded a request itself says so. */
export const RECORDED_HEADER = 'x-msr-recorded';

/** Requests with fields are small; of an object's body nothing is needed. */
const KEPT_BYTES = 262_144;

export async function startRecorder(): Promise<Recorder> {
  let target = '';
  const server = createServer((request, response) => {
    pass(request, response, target).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  // A slow upload is slow behind it, too.
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwardTo: (endpoint) => {
      target = endpoint;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** With the Host that was signed. */
async function pass(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
  const { expect: _, [RECORDED_HEADER]: recorded, ...headers } = request.headers;
  const body = keptBody(request);
  const wire = (): WireRequest => ({
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: request.headers,
    body: body(),
  });
  let tags: Tags = {};
  const { hostname, port } = new URL(target);
  const sent = forward({ hostname, port, method: request.method, path: request.url, headers });
  request.once('aborted', () => sent.destroy());
  const answered = once(sent, 'response');
  if (isForm(request)) {
    await once(request, 'end');
    if (recorded === undefined) tags = await tagsBefore(wire(), target);
    sent.end(body());
  } else {
    request.pipe(sent);
  }
  const [answer] = (await answered) as [IncomingMessage];
  if (recorded === undefined) note(wire(), answer.statusCode ?? 0, tags);
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(response);
  answer.once('error', () => response.destroy());
}

/** EC2's requests, which are held until their resources' tags are known. */
function isForm({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
}

function keptBody(request: IncomingMessage): () => string {
  const kept: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= KEPT_BYTES) kept.push(chunk);
  });
  return () => Buffer.concat(kept).toString();
}

/** The tags that the named resources have now, which policies are conditioned on; of calls of ours alone. */
export async function tagsBefore(request: WireRequest, emulator: string): Promise<Tags> {
  const operation = ourOperation(request);
  if (operation?.service !== 'ec2') return {};
  return await tagsOf(emulator, operation.region, operation.operation, aboutOf(request, operation));
}

/** Writes the call down, if it is of ours. */
export function note(request: WireRequest, status: number, tags: Tags): void {
  const operation = ourOperation(request);
  if (operation === undefined) return;
  const { app, service, operation: name, region } = operation;
  record({ app, service, operation: name, region, status, about: aboutOf(request, operation), tags });
}
