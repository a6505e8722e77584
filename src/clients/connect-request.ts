import { z } from 'zod';
import { AnswerError } from '../core/answer-error.ts';
import { messageOf } from '../core/operator-error.ts';
import type { ConnectEndpoint } from './connect-endpoint.ts';
import { type HttpAnswer, httpRequest } from './http-request.ts';

/** The worker's answer, where it was not a success. */
export class ConnectError extends AnswerError {
  override readonly name = 'ConnectError';
}

const TIMEOUT_MS = 30_000;

/**
 * One call of the REST API.
 * @param path from `/connectors` on, its names encoded
 * @returns the answer's JSON; undefined where it has no body
 * @throws ConnectError where the worker refuses or does not answer within 30 s
 */
export async function connectRequest(
  endpoint: ConnectEndpoint,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const { status, text } = await send(endpoint, method, path, body).catch((cause: unknown) => {
    throw notReached(endpoint, cause);
  });
  if (status >= 200 && status < 300) return text === '' ? undefined : parseAnswer(endpoint, text);
  throw refused(endpoint, path, { status, text });
}

function send(
  { url, login, clientCertificate }: ConnectEndpoint,
  method: string,
  path: string,
  body: unknown,
): Promise<HttpAnswer> {
  return httpRequest({
    method,
    url: `${url}${path}`,
    headers: {
      ...(login === undefined ? {} : { authorization: basic(login) }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    clientCertificate,
    timeoutMs: TIMEOUT_MS,
  });
}

/** RFC 7617, in UTF-8. */
function basic({ username, password }: NonNullable<ConnectEndpoint['login']>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function parseAnswer({ url }: ConnectEndpoint, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConnectError(200, `what answers at ${url} is not Kafka Connect: ${text.slice(0, 80)}`, {
      hint: "MSR_CONNECT_URL names the worker's REST listener; behind a proxy with its path",
      cause,
    });
  }
}

function refused({ url, login }: ConnectEndpoint, path: string, { status, text }: HttpAnswer): ConnectError {
  if (status === 404) {
    return new ConnectError(404, `Kafka Connect at ${url} has no ${path}: ${workerMessage(text)}`, {
      hint: `check MSR_SINK_CONNECTOR; \`curl ${url}/connectors\` lists what is there`,
    });
  }
  if (status === 401 || status === 403) {
    const how = login === undefined ? 'without a login' : `the login ${login.username}`;
    return new ConnectError(status, `Kafka Connect at ${url} refuses ${how} (${status})`, {
      hint: 'set MSR_CONNECT_USERNAME and MSR_CONNECT_PASSWORD, or MSR_CONNECT_CLIENT_CERT and MSR_CONNECT_CLIENT_KEY',
    });
  }
  return new ConnectError(status, `Kafka Connect at ${url} answered ${status}: ${workerMessage(text)}`, {
    hint: "the message is the worker's own; its log says more",
  });
}

function notReached({ url, clientCertificate }: ConnectEndpoint, cause: unknown): ConnectError {
  const alert = cause instanceof Error && 'code' in cause && /ALERT|ECONNRESET|EPROTO/.test(`${cause.code}`);
  const wantsCertificate = url.startsWith('https:') && clientCertificate === undefined && alert;
  return new ConnectError(0, `Kafka Connect at ${url} cannot be reached: ${messageOf(cause)}`, {
    hint: wantsCertificate
      ? 'the listener may ask for a client certificate: set MSR_CONNECT_CLIENT_CERT and MSR_CONNECT_CLIENT_KEY'
      : 'check MSR_CONNECT_URL and that a worker runs there',
    cause,
  });
}

function workerMessage(text: string): string {
  const parsed = z.object({ message: z.string() }).safeParse(tryJson(text));
  return parsed.success ? parsed.data.message : text.slice(0, 200);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's HTML page, for instance: the caller shows its beginning.
    return undefined;
  }
}
