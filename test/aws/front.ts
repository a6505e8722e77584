import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Emulator } from './emulators.ts';
import { note, RECORDED_HEADER, tagsBefore } from './recorder.ts';
import { recordingsDirectory } from './recording.ts';
import { recordedAs } from './scenes.ts';

/** A request as it went over the wire: EC2's are forms, SSM's JSON. */
export interface AwsCall {
  readonly action: string;
  readonly region: string;
  readonly body: string;
  /** The fields of a form. */
  readonly parameters: URLSearchParams;
}

export interface AwsAnswer {
  readonly status: number;
  /** @default text/xml, as EC2 answers */
  readonly type?: string;
  readonly body: string;
}

/**
 * What becomes of a call: the emulator's own answer, another one, or none at all
 * (undefined: the connection breaks).
 */
export type AwsRule = (call: AwsCall, emulator: () => Promise<AwsAnswer>) => Promise<AwsAnswer | undefined>;

/**
 * An endpoint before an emulator's, for what that lacks: states in between, refusals, commands that run. It
 * writes down every call and can answer in the emulator's place.
 */
export interface AwsFront {
  readonly endpoint: string;
  /** For a process whose calls to EC2 are to go through it; all others go to the emulator. */
  readonly env: Readonly<Record<string, string>>;
  readonly calls: AwsCall[];
  rule: AwsRule;
  stop(): Promise<void>;
}

const asEmulator: AwsRule = (_call, emulator) => emulator();

export async function startAwsFront({ endpoint, env }: Emulator): Promise<AwsFront> {
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // What a rule itself got wrong must not look like a connection that broke.
      console.error(error);
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const front: AwsFront = {
    endpoint: own,
    env: { ...env, ...recordedAs('task'), AWS_ENDPOINT_URL_EC2: own },
    calls: [],
    rule: asEmulator,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const call = callOf(request, body);
    front.calls.push(call);
    const wire = {
      method: request.method ?? 'POST',
      url: request.url ?? '/',
      headers: request.headers,
      body,
    };
    const tags = recordingsDirectory() === undefined ? {} : await tagsBefore(wire, endpoint);
    const answer = await front.rule(call, () => forward(endpoint, request, body));
    note(wire, answer?.status ?? 0, tags);
    if (answer === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': answer.type ?? 'text/xml' }).end(answer.body);
  }
  return front;
}

function callOf({ headers }: IncomingMessage, body: string): AwsCall {
  const parameters = new URLSearchParams(body);
  // The credential's scope: key/date/region/service.
  const [, , region = ''] = /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split('/') ?? [];
  const target = headers['x-amz-target'];
  const action =
    typeof target === 'string' ? target.replace(/^.*\./, '') : (parameters.get('Action') ?? 'unknown');
  return { action, region, body, parameters };
}

/** With its signature, by whose scope moto tells services and regions. */
async function forward(
  endpoint: string,
  { headers, url = '/' }: IncomingMessage,
  body: string,
): Promise<AwsAnswer> {
  const { host: _, connection: __, 'content-length': ___, ...kept } = headers;
  const recorded = { ...(kept as Record<string, string>), [RECORDED_HEADER]: 'true' };
  const sent = { method: 'POST', headers: recorded, body };
  const answer = await fetch(new URL(url, endpoint), sent);
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? 'text/xml',
    body: await answer.text(),
  };
}
