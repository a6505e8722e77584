import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One call of the SDK as it went over the wire: EC2's are forms, SSM's JSON. */
export interface AwsCall {
  readonly action: string;
  readonly body: string;
}

export interface PlayedAnswer {
  readonly status: number;
  readonly type: 'text/xml' | 'application/x-amz-json-1.1';
  readonly body: string;
}

type Play = (call: AwsCall) => Promise<PlayedAnswer | undefined>;

/** Between the SDK and moto: moto runs no commands, knows no states in between, and never fails. */
export interface RecoveryHost {
  readonly endpoint: string;
  /** Every call since the last `clear`. */
  readonly calls: readonly AwsCall[];
  /** Called before moto is asked; what it answers goes to the SDK in the place of moto's answer. */
  play(action: string, play: Play): void;
  /** Changes moto's answers. */
  rewrite(action: string, change: (answer: string) => string): void;
  /** Forgets the calls, and plays nothing any more. */
  clear(): void;
  stop(): Promise<void>;
}

/** @param emulator moto's endpoint */
export async function startRecoveryHost(emulator: string): Promise<RecoveryHost> {
  const calls: AwsCall[] = [];
  const plays = new Map<string, Play>();
  const rewrites = new Map<string, (answer: string) => string>();
  const server = createServer((request, response) => {
    const answer = async () => {
      const body = await text(request);
      const call = { action: actionOf(request, body), body };
      calls.push(call);
      const played = await plays.get(call.action)?.(call);
      if (played !== undefined) {
        response.writeHead(played.status, { 'content-type': played.type });
        response.end(played.body);
        return;
      }
      const passed = await pass(emulator, request, body);
      response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? 'text/xml' });
      const unchanged = (text: string) => text;
      response.end((rewrites.get(call.action) ?? unchanged)(await passed.text()));
    };
    answer().catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    play: (action, play) => plays.set(action, play),
    rewrite: (action, change) => rewrites.set(action, change),
    clear: () => {
      calls.length = 0;
      plays.clear();
      rewrites.clear();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function actionOf({ headers }: IncomingMessage, body: string): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.replace(/^.*\./, '');
  return new URLSearchParams(body).get('Action') ?? 'unknown';
}

async function pass(emulator: string, { url, headers }: IncomingMessage, body: string): Promise<Response> {
  const { host: _, connection: __, ...kept } = headers;
  const init = { method: 'POST', headers: kept as Record<string, string>, body };
  return await fetch(new URL(url ?? '/', emulator), init);
}

/** An error as EC2 answers it. */
export function ec2Refusal(code: string, message: string): PlayedAnswer {
  const body = `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`;
  return { status: 400, type: 'text/xml', body };
}

/** What SSM answers: a document, or an error with its type. */
export function ssmAnswer(document: Readonly<Record<string, unknown>>): PlayedAnswer {
  const status = '__type' in document ? 400 : 200;
  return { status, type: 'application/x-amz-json-1.1', body: JSON.stringify(document) };
}
