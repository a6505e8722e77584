import { z } from 'zod';
import { AnswerError } from '../core/answer-error.ts';
import { messageOf } from '../core/operator-error.ts';
import { AnswerTooLongError, type HttpAnswer, httpRequest } from './http-request.ts';

/** Where the MSR API is. Holds a secret: never printed but for its `url`. */
export interface MsrApiEndpoint {
  /** Without a trailing slash and without credentials; its path is a proxy's prefix. */
  readonly url: string;
  /** Sent as a bearer token; absent: the API asks for none. */
  readonly token?: string;
}

/** The API refuses, does not answer in time, or answers what it does not promise. */
export class MsrApiError extends AnswerError {
  override readonly name = 'MsrApiError';
  /** The API's own word for it. */
  readonly code: string | undefined;

  constructor(
    status: number,
    fact: string,
    options: { readonly hint: string; readonly cause?: unknown; readonly code?: string | undefined },
  ) {
    super(status, fact, options);
    this.code = options.code;
  }
}

/** A change of an entity, as a replay tells it. Whatever it holds is the platform's data. */
const replayedSchema = z.looseObject({
  entity_id: z.string(),
  table_name: z.string(),
  op: z.string(),
  /** A JSON value; null where the entity was deleted. */
  entity_state: z.unknown().optional(),
});
const replayedEventSchema = replayedSchema.extend({ event_timestamp: z.string() });
export type ReplayedState = z.infer<typeof replayedSchema>;
export type ReplayedEvent = z.infer<typeof replayedEventSchema>;

/** MSR's settings in the API's words: `max_playback_range` is MAX_PLAYBACK_RANGE. */
const settingsSchema = z.record(z.string(), z.unknown());

/** The part of the MSR API that shows whether it serves what the database holds. */
export interface MsrApi {
  readonly url: string;
  /** Whether it runs. */
  health(): Promise<void>;
  /** Whether it takes requests: its database answers. */
  readiness(): Promise<void>;
  /** @returns the id of the caller's session: a new one, or the one that the caller has already */
  createSession(): Promise<string>;
  terminateSession(id: string): Promise<void>;
  deleteSession(id: string): Promise<void>;
  settings(): Promise<Readonly<Record<string, unknown>>>;
  /** How many sessions there are; its words are the API's own. */
  sessionsStatus(): Promise<unknown>;
  /** The state of every entity at a moment (ISO 8601). */
  replayState(timestamp: string): Promise<readonly ReplayedState[]>;
  /** The changes between two moments (ISO 8601). */
  replayEvents(start: string, end: string): Promise<readonly ReplayedEvent[]>;
}

/** A state of 200,000 entities at 0.9 KB is 180 MB; one string of V8 holds 512 MB. */
const MAX_BYTES = 400 << 20;
/** MSR rebuilds a state from three tiers, over every entity. */
const REPLAY_TIMEOUT_MS = 120_000;
const TIMEOUT_MS = 30_000;

/**
 * @param signal ends a call that is under way
 * @throws MsrApiError from every call
 */
export function msrApiClient(endpoint: MsrApiEndpoint, signal?: AbortSignal): MsrApi {
  const call = (method: string, path: string, timeoutMs = TIMEOUT_MS) =>
    apiRequest(endpoint, { method, path, timeoutMs, signal });
  const data = async <T extends z.ZodType>(schema: T, method: string, path: string, timeoutMs?: number) =>
    parseData(endpoint, path, schema, await call(method, path, timeoutMs));
  const at = (id: string) => `/session/${encodeURIComponent(id)}`;
  return {
    url: endpoint.url,
    health: async () => void (await call('GET', '/health')),
    readiness: async () => void (await call('GET', '/readiness')),
    createSession: async () => (await data(z.looseObject({ id: z.string() }), 'POST', '/session')).id,
    terminateSession: async (id) => void (await call('POST', `${at(id)}/terminate`)),
    deleteSession: async (id) => void (await call('DELETE', at(id))),
    settings: () => data(settingsSchema, 'GET', '/admin/settings'),
    sessionsStatus: () => data(z.unknown(), 'GET', '/admin/sessions/status'),
    replayState: (timestamp) => {
      const path = `/replay/state?${new URLSearchParams({ timestamp })}`;
      return data(z.array(replayedSchema), 'GET', path, REPLAY_TIMEOUT_MS);
    },
    replayEvents: (start, end) => {
      const path = `/replay/events?${new URLSearchParams({ start, end })}`;
      return data(z.array(replayedEventSchema), 'GET', path, REPLAY_TIMEOUT_MS);
    },
  };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** @returns the body's text @throws MsrApiError; an abort's reason */
async function apiRequest(
  endpoint: MsrApiEndpoint,
  { method, path, timeoutMs, signal }: Call,
): Promise<string> {
  const { url, token } = endpoint;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = { method, url: `${url}${path}`, headers, timeoutMs, signal, maxBytes: MAX_BYTES };
  const answer = await httpRequest(request).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw notReached(endpoint, path, cause);
  });
  if (answer.status >= 200 && answer.status < 300) return answer.text;
  throw refused(endpoint, `${method} ${pathOf(path)}`, answer);
}

function parseData<T extends z.ZodType>(
  { url }: MsrApiEndpoint,
  path: string,
  schema: T,
  text: string,
): z.infer<T> {
  const envelope = z.object({ data: z.unknown() }).safeParse(tryJson(text));
  const parsed = schema.safeParse(envelope.data?.data);
  if (envelope.success && parsed.success) return parsed.data;
  const issue = parsed.error?.issues[0];
  const fault = envelope.success
    ? `data${issue?.path.map((part) => `.${String(part)}`).join('') ?? ''}: ${issue?.message}`
    : 'no JSON object with data';
  // The answer itself is the platform's data, and stays out of messages.
  throw new MsrApiError(200, `what ${url} answers to ${pathOf(path)} is not the MSR API's: ${fault}`, {
    hint: 'check MSR_API_URL: it names the MSR API itself, behind a proxy with its path',
  });
}

function refused({ url, token }: MsrApiEndpoint, call: string, { status, text }: HttpAnswer): MsrApiError {
  const told = errorSchema.safeParse(tryJson(text)).data;
  const said = told === undefined ? text.slice(0, 200) : `${told.errorCode}: ${told.errorMessage}`;
  const code = told?.errorCode;
  if (status === 401 || status === 403) {
    const how = token === undefined ? ' without a token' : '';
    return new MsrApiError(status, `the MSR API at ${url} refuses ${call}${how} (${status}): ${said}`, {
      hint: 'set MSR_API_TOKEN to a valid token of a user of its own who may administer MSR',
      code,
    });
  }
  const hint =
    HINTS[status] ??
    (status >= 500
      ? "see the API's log; it may still hold connections to the database before"
      : "the message is the API's own");
  return new MsrApiError(status, `the MSR API at ${url} answered ${status} to ${call}: ${said}`, {
    hint,
    code,
  });
}

const HINTS: Readonly<Record<number, string>> = {
  404: 'check MSR_API_URL: it names the MSR API itself, behind a proxy with its path',
  429: 'all sessions of MAX_ACTIVE_SESSIONS are taken: end one, then `msr validate`',
};

const errorSchema = z.object({ errorCode: z.string(), errorMessage: z.string() });

function notReached({ url }: MsrApiEndpoint, path: string, cause: unknown): MsrApiError {
  if (cause instanceof AnswerTooLongError) {
    return new MsrApiError(200, `the MSR API at ${url} answers ${pathOf(path)} with more than 400 MiB`, {
      hint: 'so many entities cannot be compared here: look at some of them in MSR itself',
      cause,
    });
  }
  return new MsrApiError(0, `the MSR API at ${url} cannot be reached: ${messageOf(cause)}`, {
    hint: 'check MSR_API_URL and that the MSR API runs there, then `msr validate`',
    cause,
  });
}

function pathOf(path: string): string {
  return path.split('?')[0] ?? path;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's HTML page, for instance.
    return undefined;
  }
}
