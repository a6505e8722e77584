import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { pushMetrics } from '../../src/clients/pushgateway.ts';
import { healthRegistry } from '../../src/monitors/prometheus-series.ts';
import { freePort } from '../bed/ports.ts';

const AT = '2026-11-27T10:00:00Z';
const registry = healthRegistry('prod/az-a', { at: AT, results: [], values: {}, quiet: null });
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

interface Request {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

async function gateway(
  status: number,
  answer = '',
): Promise<{ readonly port: number; readonly taken: Request[] }> {
  const taken: Request[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const { method, url, headers } = request;
    taken.push({ method, url, authorization: headers.authorization, body: await text(request) });
    response.writeHead(status, { location: 'https://elsewhere.example.com/' }).end(answer);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, taken };
}

const push = (url: string) => pushMetrics(url, { job: 'msr-health', instance: 'prod/az-a', registry });

it('replaces the group of the instance, below the path and with the login of the URL', async () => {
  const { port, taken } = await gateway(202);
  await push(`http://msr:p%40ss@127.0.0.1:${port}/gateway`);
  expect(taken).toEqual([
    {
      method: 'PUT',
      url: `/gateway/metrics/job/msr-health/instance%40base64/${Buffer.from('prod/az-a').toString('base64url')}`,
      authorization: `Basic ${Buffer.from('msr:p@ss').toString('base64')}`,
      body: expect.stringContaining('msr_health_run_timestamp_seconds{msr_instance="prod/az-a"} 1795773600'),
    },
  ]);
});

it.each([
  [400, 'inconsistent', 'answers 400: inconsistent', 'delete the groups that an older msr left there'],
  [401, '', 'answers 401: ', 'put its login into the URL'],
  [500, 'oh', 'answers 500: oh', 'see its log'],
  [301, '', 'answers 301: ', 'give MSR_PUSHGATEWAY_URL where it points to'],
])('tells that it was answered by %i', async (status, answer, fact, hint) => {
  const { port } = await gateway(status, answer);
  const error = await push(`http://msr:secret@127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'PushgatewayError', status, hint: expect.stringContaining(hint) });
  expect(String(error)).toBe(`PushgatewayError: the Pushgateway at 127.0.0.1:${port} ${fact}`);
});

it('tells that nobody answers', async () => {
  const port = await freePort();
  await expect(push(`http://msr:secret@127.0.0.1:${port}`)).rejects.toThrow(
    `the Pushgateway at 127.0.0.1:${port} does not answer: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
});
