import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Emulator } from '../../aws/emulators.ts';

/** A request as EC2's query protocol writes it. */
export interface Ec2Call {
  readonly action: string;
  readonly region: string;
  readonly parameters: URLSearchParams;
}

export interface Ec2Answer {
  readonly status: number;
  readonly body: string;
}

/** What becomes of a call: moto's own answer, another one, or none at all (undefined: the connection breaks). */
export type Ec2Rule = (call: Ec2Call, moto: () => Promise<Ec2Answer>) => Promise<Ec2Answer | undefined>;

/** An endpoint before moto's that writes down every call to EC2 and can answer in its place. */
export interface Ec2Front {
  /** For a process that is to use it. */
  readonly env: Readonly<Record<string, string>>;
  readonly calls: Ec2Call[];
  rule: Ec2Rule;
  stop(): Promise<void>;
}

const asMoto: Ec2Rule = (_call, moto) => moto();

export async function startEc2Front({ endpoint, env }: Emulator): Promise<Ec2Front> {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const front: Ec2Front = {
    env: { ...env, AWS_ENDPOINT_URL_EC2: `http://127.0.0.1:${port}` },
    calls: [],
    rule: asMoto,
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
    const answer = await front.rule(call, () => forward(endpoint, request, body));
    if (answer === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
  }
  return front;
}

function callOf({ headers }: IncomingMessage, body: string): Ec2Call {
  const parameters = new URLSearchParams(body);
  // The credential's scope: key/date/region/service.
  const [, , region = ''] = /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split('/') ?? [];
  return { action: parameters.get('Action') ?? '', region, parameters };
}

async function forward(
  endpoint: string,
  { headers, url = '/' }: IncomingMessage,
  body: string,
): Promise<Ec2Answer> {
  const { authorization = '' } = headers;
  const type = headers['content-type'] ?? '';
  // moto tells services and regions by the signature's scope.
  const sent = { authorization, 'content-type': type, 'x-amz-date': String(headers['x-amz-date']) };
  const answer = await fetch(new URL(url, endpoint), { method: 'POST', headers: sent, body });
  return { status: answer.status, body: await answer.text() };
}

/** As EC2 refuses a call. */
export function refusal(code: string, message = 'a test refuses it'): Ec2Answer {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status: 400, body: `<Response><Errors>${error}</Errors><RequestID>1</RequestID></Response>` };
}

/** moto completes every snapshot at once; EC2 takes its time. */
export function asPending({ status, body }: Ec2Answer, percent: number): Ec2Answer {
  return { status, body: withState(body, 'pending', percent) };
}

export function withState(body: string, state: string, percent: number): string {
  return body
    .replaceAll('<status>completed</status>', `<status>${state}</status>`)
    .replaceAll('<progress>100%</progress>', `<progress>${percent}%</progress>`);
}

/** moto knows neither of the two. */
export function lockingRule(locked: Map<string, string>): Ec2Rule {
  return async ({ action, parameters }, moto) => {
    if (action === 'LockSnapshot') {
      locked.set(parameters.get('SnapshotId') ?? '', parameters.get('LockDuration') ?? '');
      return {
        status: 200,
        body: '<LockSnapshotResponse><lockState>governance</lockState></LockSnapshotResponse>',
      };
    }
    if (action !== 'DescribeLockedSnapshots') return await moto();
    const items = [...locked].map(
      ([id, days]) =>
        `<item><snapshotId>${id}</snapshotId><lockState>governance</lockState><lockDuration>${days}</lockDuration></item>`,
    );
    const set = `<snapshotSet>${items.join('')}</snapshotSet>`;
    return { status: 200, body: `<DescribeLockedSnapshotsResponse>${set}</DescribeLockedSnapshotsResponse>` };
  };
}
