import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one answer: it is cut after so many bytes of its body; 0: not even its head arrives. */
interface Fault {
  readonly when: (request: IncomingMessage) => boolean;
  readonly cutAfterBytes: number;
  /** How often. */
  times: number;
}

export interface UnreliableProxy {
  readonly endpoint: string;
  /** Takes effect on the next requests, each fault as often as it says. */
  readonly faults: Fault[];
  /** Method and Range of every request that came. */
  readonly seen: string[];
  stop(): Promise<void>;
}

/**
 * Passes requests to an HTTP server, and loses answers when told to: the server has
 * done what was asked by then.
 */
export async function unreliableProxy(target: string): Promise<UnreliableProxy> {
  const faults: Fault[] = [];
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push([incoming.method, incoming.headers.range].filter(Boolean).join(' '));
    const fault = faults.find(({ when, times }) => times > 0 && when(incoming));
    if (fault !== undefined) fault.times -= 1;
    forward(target, incoming, outgoing, fault?.cutAfterBytes);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, faults, seen, stop: () => close(server) };
}

function forward(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  cutAfterBytes: number | undefined,
): void {
  const { method, headers, url = '/' } = incoming;
  const passed = request(new URL(url, target), { method, headers }, (answer) => {
    if (cutAfterBytes === undefined) {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    } else {
      void cut(answer, outgoing, cutAfterBytes);
    }
  });
  passed.on('error', () => outgoing.destroy());
  incoming.pipe(passed);
}

async function cut(answer: IncomingMessage, outgoing: ServerResponse, bytes: number): Promise<void> {
  if (bytes > 0) outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
  let left = bytes;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (left <= 0) break;
    await new Promise((written) => outgoing.write(chunk.subarray(0, left), written));
    left -= chunk.length;
  }
  outgoing.destroy();
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((closed) => server.close(() => closed()));
}
