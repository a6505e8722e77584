import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from 'pg';
import { withClient } from './timescale/server.ts';

/**
 * What can be wrong with the API; none of it is at first.
 * - down: nothing answers · not-ready: /readiness answers 503 · unauthorized: every token is refused
 * - no-json: a proxy's page · full: MAX_ACTIVE_SESSIONS is reached · hangs: a replay never answers
 * - elsewhere: it makes its session in no database that anybody looks at
 * - stale-settings, untold-settings: it goes by another range, or does not tell it
 * - no-status: the sessions' state is refused
 * - state-missing, state-old, state-twice, deleted-shown: of GET /replay/state
 * - event-missing, event-twice, event-foreign: of GET /replay/events
 * - terminate-fails, delete-fails, terminate-ignored: of the session's end
 */
export type ApiFault =
  | 'down'
  | 'not-ready'
  | 'unauthorized'
  | 'no-json'
  | 'full'
  | 'hangs'
  | 'elsewhere'
  | 'stale-settings'
  | 'untold-settings'
  | 'no-status'
  | 'state-missing'
  | 'state-old'
  | 'state-twice'
  | 'deleted-shown'
  | 'event-missing'
  | 'event-twice'
  | 'event-foreign'
  | 'terminate-fails'
  | 'delete-fails'
  | 'terminate-ignored';

/** An MSR API of the bed: real HTTP, the real database, no replay of its own. */
export interface BedApi {
  readonly url: string;
  readonly token: string;
  /** Every call that came, as `GET /readiness`. */
  readonly calls: string[];
  /** @param fault undefined: all is well again */
  break(fault: ApiFault | undefined): void;
  /** Asks where its database is at every request from now on, as after a restart with another secret. */
  follow(where: () => Promise<string>): void;
  /** Harmless when called twice. */
  stop(): Promise<void>;
}

const USER = 'msr-recovery';

/** Starts one on loopback; its owner stops it, and it keeps no process alive. */
export async function startMsrApi(
  databaseUrl: string,
  token = randomBytes(12).toString('hex'),
): Promise<BedApi> {
  const state: ApiState = {
    where: async () => databaseUrl,
    fault: undefined,
    token,
    calls: [],
  };
  const server = createServer((request, response) => {
    void answer(state, request, response).catch((error: unknown) => {
      if (!response.headersSent) fail(response, 500, 'UNEXPECTED_ERROR', String(error));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: state.token,
    calls: state.calls,
    break: (fault) => {
      state.fault = fault;
    },
    follow: (where) => {
      state.where = where;
    },
    stop: () => stop(server),
  };
}

interface ApiState {
  where: () => Promise<string>;
  fault: ApiFault | undefined;
  readonly token: string;
  readonly calls: string[];
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  server.closeAllConnections();
  await new Promise<void>((closed) => server.close(() => closed()));
}

/** What the API goes by in one request. */
type Request = Pick<ApiState, 'fault'> & { readonly databaseUrl: string };

type Route = (request: Request, response: ServerResponse, asked: Asked) => Promise<void> | void;

interface Asked {
  readonly id: string;
  readonly query: URLSearchParams;
}

const ROUTES: readonly (readonly [RegExp, Route])[] = [
  [/^GET \/health$/, (_, response) => send(response, 200, envelope('{"status":"UP"}'))],
  [/^GET \/readiness$/, readiness],
  [/^POST \/session$/, createSession],
  [/^POST \/session\/(?<id>[^/]+)\/terminate$/, terminate],
  [/^DELETE \/session\/(?<id>[^/]+)$/, deleteSession],
  [/^GET \/admin\/settings$/, settings],
  [/^GET \/admin\/sessions\/status$/, sessionsStatus],
  [/^GET \/replay\/state$/, replayState],
  [/^GET \/replay\/events$/, replayEvents],
];

async function answer(state: ApiState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://api');
  const call = `${request.method} ${url.pathname}`;
  state.calls.push(call);
  request.resume();
  if (state.fault === 'down') {
    request.socket.destroy();
    return;
  }
  if (state.fault === 'no-json') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the proxy</html>');
    return;
  }
  const isOpen = call === 'GET /health' || call === 'GET /readiness';
  const isKnown = request.headers.authorization === `Bearer ${state.token}` && state.fault !== 'unauthorized';
  if (!isOpen && !isKnown) return fail(response, 401, 'UNAUTHORIZED', 'the token is not valid');
  for (const [pattern, route] of ROUTES) {
    const match = pattern.exec(call);
    if (match === null) continue;
    await route({ fault: state.fault, databaseUrl: await state.where() }, response, {
      id: decodeURIComponent(match.groups?.['id'] ?? ''),
      query: url.searchParams,
    });
    return;
  }
  fail(response, 404, 'NOT_FOUND', `no route ${call}`);
}

async function readiness({ fault, databaseUrl }: Request, response: ServerResponse): Promise<void> {
  if (fault === 'not-ready') return fail(response, 503, 'NOT_READY', 'the database does not answer');
  await withClient(databaseUrl, (client) => client.query('SELECT 1'));
  send(response, 200, envelope('{"status":"READY"}'));
}

/** A user has one active session: asked again, the API gives the same. */
const CREATE_SQL = `
WITH known AS (UPDATE msr.session SET last_seen_at = now() WHERE user_id = $1 AND status = 'ACTIVE' RETURNING id),
     made AS (INSERT INTO msr.session (user_id, tenant_id, status, created_by, updated_by)
              SELECT $1, 'tenant', 'ACTIVE', $1, $1 WHERE NOT EXISTS (SELECT FROM known) RETURNING id)
SELECT id::text FROM known UNION ALL SELECT id::text FROM made`;

async function createSession({ fault, databaseUrl }: Request, response: ServerResponse): Promise<void> {
  if (fault === 'full') return fail(response, 429, 'TOO_MANY_SESSIONS', 'all sessions are taken');
  const id =
    fault === 'elsewhere'
      ? randomUUID()
      : (await withClient(databaseUrl, (client) => client.query<{ id: string }>(CREATE_SQL, [USER]))).rows[0]
          ?.id;
  send(response, 201, envelope(JSON.stringify({ id, user_id: USER, status: 'ACTIVE' })));
}

async function terminate(
  { fault, databaseUrl }: Request,
  response: ServerResponse,
  { id }: Asked,
): Promise<void> {
  if (fault === 'terminate-fails') return fail(response, 500, 'UNEXPECTED_ERROR', 'deadlock detected');
  if (fault !== 'terminate-ignored') {
    await withClient(databaseUrl, (client) =>
      client.query(
        `UPDATE msr.session SET status = 'INACTIVE', occ_lock = occ_lock + 1 WHERE id::text = $1`,
        [id],
      ),
    );
  }
  send(response, 204);
}

async function deleteSession(
  { fault, databaseUrl }: Request,
  response: ServerResponse,
  { id }: Asked,
): Promise<void> {
  if (fault === 'delete-fails') return fail(response, 500, 'UNEXPECTED_ERROR', 'deadlock detected');
  await withClient(databaseUrl, (client) =>
    client.query('DELETE FROM msr.session WHERE id::text = $1', [id]),
  );
  send(response, 204);
}

async function settings({ fault, databaseUrl }: Request, response: ServerResponse): Promise<void> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ key: string; value: string | null }>(
      `SELECT lower(config_key) AS key, value FROM msr.configuration
       WHERE config_key IN ('MAX_PLAYBACK_RANGE', 'MAX_ACTIVE_SESSIONS', 'DATA_RETENTION_CRON_EXPRESSION',
                            'EARLIEST_VALID_TIMESTAMP')`,
    ),
  );
  const told = Object.fromEntries(
    rows.map(({ key, value }) => [key, /^\d+$/.test(value ?? '') ? Number(value) : value]),
  );
  if (fault === 'stale-settings') told['max_playback_range'] = 30;
  if (fault === 'untold-settings') delete told['max_playback_range'];
  send(response, 200, envelope(JSON.stringify(told)));
}

async function sessionsStatus({ fault, databaseUrl }: Request, response: ServerResponse): Promise<void> {
  if (fault === 'no-status') return fail(response, 403, 'FORBIDDEN', 'not an administrator');
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ active: number }>(
      `SELECT count(*)::int AS active FROM msr.session WHERE status = 'ACTIVE'`,
    ),
  );
  send(response, 200, envelope(JSON.stringify({ active_sessions: rows[0]?.active })));
}

/** The last event up to a moment, or else the oldest state that MSR keeps; jsonb goes out digit by digit. */
const STATE_SQL = `
SELECT json_build_object('entity_id', entity_id, 'entity_state', entity_state, 'op', 'r', 'table_name', table_name)::text
         AS item, op
FROM (SELECT DISTINCT ON (entity_id, table_name) entity_id, table_name, entity_state, op
      FROM (SELECT entity_id, table_name, entity_state, op, event_timestamp AS at FROM msr.cdc_event
            WHERE event_timestamp <= $1
            UNION ALL
            SELECT entity_id, table_name, entity_state, 'r', snapshot_time FROM msr.current_earliest_snapshot
            WHERE snapshot_time <= $1) AS known
      ORDER BY entity_id, table_name, at DESC) AS latest`;

async function replayState(
  { fault, databaseUrl }: Request,
  response: ServerResponse,
  { query }: Asked,
): Promise<void> {
  const timestamp = query.get('timestamp');
  if (timestamp === null) return fail(response, 400, 'INVALID_REQUEST', 'timestamp is missing');
  if (!(await hasSession(databaseUrl))) return fail(response, 400, 'BAD_REQUEST', 'no active session found');
  if (fault === 'hangs') return;
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ item: string; op: string }>(STATE_SQL, [timestamp]),
  );
  const shown = rows.filter(({ op }) => op !== 'd').map(({ item }) => item);
  if (fault === 'state-missing') shown.splice(0);
  if (fault === 'state-twice') shown.push(...shown);
  const items =
    fault === 'state-old'
      ? shown.map((item) => withState(item, { stale: true }))
      : fault === 'deleted-shown'
        ? rows.map(({ item }) => item)
        : shown;
  send(response, 200, envelope(`[${items.join(',')}]`));
}

const EVENTS_SQL = `
SELECT json_build_object('entity_id', entity_id, 'entity_state', entity_state, 'op', op, 'table_name', table_name,
         'event_timestamp', to_char(event_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text AS item
FROM msr.cdc_event WHERE event_timestamp >= $1 AND event_timestamp < $2 ORDER BY event_timestamp`;

async function replayEvents(
  { fault, databaseUrl }: Request,
  response: ServerResponse,
  { query }: Asked,
): Promise<void> {
  const [start, end] = [query.get('start'), query.get('end')];
  if (start === null || end === null)
    return fail(response, 400, 'INVALID_REQUEST', 'start or end is missing');
  if (!(await hasSession(databaseUrl)))
    return fail(response, 403, 'SESSION_TERMINATED', 'the session was terminated');
  const { rows } = await withClient(databaseUrl, (client: Client) =>
    client.query<{ item: string }>(EVENTS_SQL, [start, end]),
  );
  const items = rows.map(({ item }) => item);
  if (fault === 'event-missing') items.pop();
  if (fault === 'event-twice') items.push(...items.slice(-1));
  if (fault === 'event-foreign')
    items.push(...items.slice(-1).map((item) => withState(item, { foreign: true })));
  send(response, 200, envelope(`[${items.join(',')}]`));
}

function withState(item: string, state: unknown): string {
  return JSON.stringify({ ...JSON.parse(item), entity_state: state });
}

async function hasSession(databaseUrl: string): Promise<boolean> {
  const { rowCount } = await withClient(databaseUrl, (client) =>
    client.query(`SELECT FROM msr.session WHERE user_id = $1 AND status = 'ACTIVE'`, [USER]),
  );
  return rowCount === 1;
}

/** @param data a JSON text */
function envelope(data: string): string {
  return `{"data":${data},"sent_at":"${new Date().toISOString()}"}`;
}

function send(response: ServerResponse, status: number, body?: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function fail(response: ServerResponse, status: number, errorCode: string, errorMessage: string): void {
  send(response, status, JSON.stringify({ timestamp: new Date().toISOString(), errorCode, errorMessage }));
}
