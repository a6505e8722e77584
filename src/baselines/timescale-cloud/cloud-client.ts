import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { mayRepeat, repeatAfterMs } from '../../clients/repeat-request.ts';
import { AnswerError } from '../../core/answer-error.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type CredentialPlace, readCredential } from '../credentials.ts';
import type { CloudOptions } from './options.ts';

const endpoint = z.object({ host: z.string(), port: z.int() });

/** The part of `Service` that is used here. All of its fields are optional in the API's description. */
const service = z.object({
  service_id: z.string(),
  name: z.string().optional(),
  region_code: z.string().optional(),
  status: z.string().optional(),
  created: z.string().optional(),
  endpoint: endpoint.partial().nullish(),
  connection_pooler: z.object({ endpoint: endpoint.partial().nullish() }).nullish(),
  forked_from: z.object({ service_id: z.string().optional() }).nullish(),
});
export type CloudService = z.infer<typeof service>;

interface ForkRequest {
  readonly name: string;
  readonly targetTime: string;
  readonly environment: 'DEV' | 'PROD';
}

/** The REST API of Timescale (Tiger) Cloud, as far as a baseline needs it. */
export interface CloudClient {
  /** @throws CloudApiError with status 404 where there is none */
  service(serviceId: string): Promise<CloudService>;
  services(): Promise<CloudService[]>;
  fork(serviceId: string, request: ForkRequest): Promise<CloudService>;
  /** Sets the password of the service's administrator, tsdbadmin. */
  setPassword(serviceId: string, password: string): Promise<void>;
}

/** The API's answer, where it was not a success. */
export class CloudApiError extends AnswerError {
  override readonly name = 'CloudApiError';
}

const credentials = z.object({ publicKey: z.string().min(1), secretKey: z.string().min(1) });
const fault = z.object({ code: z.string().optional(), message: z.string().optional() });

const HINTS: Readonly<Record<number, string>> = {
  401: 'the client credentials are wrong or were revoked: make new ones in the console (Project settings), store them',
  403: 'the client credentials are of another project, or the plan does not allow it',
  404: 'check projectId and serviceId in the options of the strategy',
  409: 'the service is busy with another operation: see its status in the console',
};

const ATTEMPTS = 5;
const CALL_MS = 30_000;

/**
 * Facts from the service's OpenAPI description (timescale/tiger-cli, openapi.yaml, `Tiger Cloud API` 1.0.0)
 * and its documentation: HTTP Basic with the client credentials' public and secret key; `Service.status` is
 * one of QUEUED, CONFIGURING, READY, UNSTABLE, PAUSING, PAUSED, RESUMING, UPGRADING, OPTIMIZING, DELETING,
 * DELETED; forkService takes `fork_strategy: PITR` with `target_time` and answers 202 with the new Service.
 * It tells neither backups nor the time that a service can be brought back to.
 * @param retryMs before the first repetition, milliseconds; doubled each time @default 1000
 * @throws OperatorError where the credentials cannot be read; they are in no message
 */
export async function openCloudClient(options: CloudOptions, retryMs = 1000): Promise<CloudClient> {
  const authorization = await authorizationOf(options);
  const root = `${options.apiUrl.replace(/\/$/, '')}/projects/${options.projectId}/services`;
  const ask = (request: CallRequest) => call({ ...request, root, authorization, retryMs });
  return {
    service: async (serviceId) => parse(service, await ask({ path: `/${serviceId}` })),
    services: async () => parse(z.array(service), await ask({ path: '' })),
    fork: async (serviceId, { name, targetTime, environment }) => {
      const body = {
        name,
        fork_strategy: 'PITR',
        target_time: targetTime,
        environment_tag: environment,
      };
      return parse(service, await ask({ path: `/${serviceId}/forkService`, body, once: true }));
    },
    setPassword: async (serviceId, password) => {
      await ask({ path: `/${serviceId}/updatePassword`, body: { password } });
    },
  };
}

async function authorizationOf(options: CloudOptions): Promise<string> {
  const { credentialsSecretId: secretId, credentialsFile: file = '' } = options;
  const place: CredentialPlace = secretId === undefined ? { file } : { secretId };
  const what = 'the client credentials of Timescale Cloud';
  const parsed = credentials.safeParse(tryJson(await readCredential(place, what)));
  if (!parsed.success) {
    throw new OperatorError(`${what} in ${secretId ?? file} are not as expected`, {
      hint: 'store {"publicKey": "…", "secretKey": "…"}, as the console shows them when they are made',
    });
  }
  const { publicKey, secretKey } = parsed.data;
  return `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
}

interface CallRequest {
  readonly path: string;
  /** With a body it is a POST. */
  readonly body?: object;
  /** A repetition could do it twice: only what was certainly refused is asked for again. */
  readonly once?: boolean;
}

interface Call extends CallRequest {
  readonly root: string;
  readonly authorization: string;
  readonly retryMs: number;
}

async function call(request: Call): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(request);
    if (answer.ok) return answer.status === 204 ? undefined : await answer.json();
    const error = await errorOf(request, answer);
    if (attempt >= ATTEMPTS || !mayRepeat(answer.status, request.once === true)) throw error;
    await sleep(repeatAfterMs(answer, request.retryMs * 2 ** (attempt - 1)));
  }
}

async function send({ root, path, body, authorization }: Call): Promise<Response> {
  try {
    return await fetch(`${root}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_MS),
      // The credentials would go wherever it points.
      redirect: 'error',
    });
  } catch (cause) {
    const reason =
      cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new CloudApiError(
      0,
      `the API of Timescale Cloud at ${new URL(root).host} does not answer: ${reason}`,
      {
        hint: 'it is reached over the internet: isolated subnets need a NAT for it',
        cause,
      },
    );
  }
}

async function errorOf({ path, root }: Call, answer: Response): Promise<CloudApiError> {
  const { code, message } = fault.safeParse(tryJson(await answer.text())).data ?? {};
  const said = [code, message].filter((part) => part !== undefined).join(': ') || 'no message';
  const what = `${new URL(root).pathname}${path}`;
  return new CloudApiError(answer.status, `Timescale Cloud answers ${answer.status} to ${what}: ${said}`, {
    hint: HINTS[answer.status] ?? "see the service's status page, and run it again later",
  });
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CloudApiError(
    200,
    `Timescale Cloud answers something unknown: ${z.prettifyError(parsed.error)}`,
    {
      hint: 'its API may have changed: use a newer msr',
      cause: parsed.error,
    },
  );
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
