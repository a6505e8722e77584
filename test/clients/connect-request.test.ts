import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { isAuthenticationFailure } from '../../src/clients/authentication.ts';
import { connectClient } from '../../src/clients/connect.ts';
import { trustAuthorities } from '../../src/clients/trusted-authorities.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { makeCertificates } from './certificates.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: Array<{ close(): void }> = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function worker(handler: Handler): Promise<string> {
  const server = createServer(handler);
  open.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, body: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

test('a login is sent as basic authentication, in UTF-8, and behind a prefix', async () => {
  const seen: Array<readonly [string | undefined, string | undefined]> = [];
  const url = await worker((request, response) => {
    seen.push([request.url, request.headers.authorization]);
    json(response, []);
  });
  const login = { username: 'msr', password: 'pä:ss' };
  await connectClient({ url: `${url}/kafka/connect`, login }).plugins();
  const [path, authorization = ''] = seen[0] ?? [];
  expect(path).toBe('/kafka/connect/connector-plugins');
  expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe('msr:pä:ss');
});

test.each([
  [undefined, 'without a login'],
  [{ username: 'msr', password: 's3cret' }, 'the login msr'],
] as const)('refused credentials are told as such, and never shown', async (login, how) => {
  const url = await worker((_, response) => response.writeHead(401).end('<html>who are you</html>'));
  const failure = await connectClient({ url, ...(login === undefined ? {} : { login }) })
    .status('sink')
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({
    name: 'ConnectError',
    status: 401,
    message: `Kafka Connect at ${url} refuses ${how} (401)`,
    hint: 'set MSR_CONNECT_USERNAME and MSR_CONNECT_PASSWORD, or MSR_CONNECT_CLIENT_CERT and MSR_CONNECT_CLIENT_KEY',
  });
  expect(JSON.stringify(failure)).not.toContain('s3cret');
  expect(isAuthenticationFailure(failure)).toBe(true);
});

test('a listener that asks for a client certificate gets it; without one the HINT says so', async () => {
  const { authority, certificate, key } = await makeCertificates(temporaryDirectory(), 'DNS:localhost');
  const pem = { cert: readFileSync(certificate), key: readFileSync(key), ca: readFileSync(authority) };
  const options = { ...pem, requestCert: true, rejectUnauthorized: true };
  const server = createTlsServer(options, (_, response) => json(response, []));
  open.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  trustAuthorities(authority);
  const clientCertificate = { certificate: pem.cert.toString(), key: pem.key.toString() };
  expect(await connectClient({ url, clientCertificate }).plugins()).toEqual([]);
  await expect(connectClient({ url }).plugins()).rejects.toMatchObject({
    status: 0,
    hint: 'the listener may ask for a client certificate: set MSR_CONNECT_CLIENT_CERT and MSR_CONNECT_CLIENT_KEY',
  });
});

test('a page that is none of a worker is told as such', async () => {
  const url = await worker((_, response) => response.end('<html>Welcome'));
  await expect(connectClient({ url }).worker()).rejects.toMatchObject({
    message: `what answers at ${url} is not Kafka Connect: <html>Welcome`,
    hint: "MSR_CONNECT_URL names the worker's REST listener; behind a proxy with its path",
  });
});

/** A worker on Jetty 12 answers 400 with a page to an encoded percent sign or slash in a path. */
test("a neighbour's name stands in no path", async () => {
  const neighbours = { sink: 'JdbcSink', '50%/off': 'Elsewhere' };
  const url = await worker(({ url: path = '' }, response) => {
    if (/%25|%2F/i.test(path)) response.writeHead(400).end('<html>Ambiguous URI path separator</html>');
    else if (path !== '/connectors?expand=info') json(response, { message: 'not asked for' }, 404);
    else {
      const entries = Object.entries(neighbours).map(([name, type]) => {
        return [name, { info: { name, config: { 'connector.class': type }, tasks: [] } }];
      });
      json(response, Object.fromEntries(entries));
    }
  });
  expect(await connectClient({ url }).configs()).toEqual([
    { name: '50%/off', config: { 'connector.class': 'Elsewhere' } },
    { name: 'sink', config: { 'connector.class': 'JdbcSink' } },
  ]);
});
