import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** How a documented API answers. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that plays one documented API, keeps what it took, and refuses what the documentation refuses. */
export interface ApiRecorder {
  readonly url: string;
  /** Bodies that were taken, in order. */
  readonly taken: unknown[];
  /** How many requests came at all. */
  requests(): number;
  /** Answers these first, whatever is asked. */
  disturb(...answers: Answer[]): void;
  stop(): Promise<void>;
}

/** @param judge answers a body that came by a request */
export async function startApi(
  judge: (body: unknown, request: IncomingMessage) => Answer,
): Promise<ApiRecorder> {
  const taken: unknown[] = [];
  const disturbances: Answer[] = [];
  let requests = 0;
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    requests += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const disturbed = disturbances.shift();
    const answer = disturbed ?? judge(body, request);
    if (answer.status < 300) taken.push(body);
    response.writeHead(answer.status, { 'content-type': 'text/plain', ...answer.headers });
    response.end(answer.body);
  };
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    requests: () => requests,
    disturb: (...answers) => disturbances.push(...answers),
    stop: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

/** https://github.com/PagerDuty/developer-docs/blob/main/docs/events-API-v2/02-Trigger-Events.md */
export const ROUTING_KEY = '0123456789abcdef0123456789abcdef';
const common = { routing_key: z.string().length(32), dedup_key: z.string().min(1).max(255) };
const trigger = z.strictObject({
  ...common,
  event_action: z.literal('trigger'),
  client: z.string().optional(),
  client_url: z.url().optional(),
  payload: z.strictObject({
    summary: z.string().min(1).max(1024),
    source: z.string().min(1),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    timestamp: z.iso.datetime({ offset: true }).optional(),
    component: z.string().optional(),
    group: z.string().optional(),
    class: z.string().optional(),
    custom_details: z.record(z.string(), z.unknown()).optional(),
  }),
  links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
});
const end = z.strictObject({ ...common, event_action: z.enum(['acknowledge', 'resolve']) });
const pagerDutyEvent = z.discriminatedUnion('event_action', [trigger, end]);

export type PagerDutyEvent = z.infer<typeof pagerDutyEvent>;

/** Events API v2, and which alerts are open by their `dedup_key`. */
export async function startPagerDuty(): Promise<
  ApiRecorder & { readonly open: Map<string, PagerDutyEvent> }
> {
  const open = new Map<string, PagerDutyEvent>();
  const recorder = await startApi((body) => {
    const parsed = pagerDutyEvent.safeParse(body);
    if (!parsed.success || parsed.data.routing_key !== ROUTING_KEY) {
      const errors = parsed.error?.issues.map(({ message }) => message) ?? ["'routing_key' is invalid"];
      return {
        status: 400,
        body: JSON.stringify({ status: 'invalid event', message: 'Event object is invalid', errors }),
      };
    }
    const { dedup_key, event_action } = parsed.data;
    if (event_action === 'trigger' && !open.has(dedup_key)) open.set(dedup_key, parsed.data);
    if (event_action === 'resolve') open.delete(dedup_key);
    return {
      status: 202,
      body: JSON.stringify({ status: 'success', message: 'Event processed', dedup_key }),
    };
  });
  return { ...recorder, open };
}

/** Block Kit, as far as it is used: https://docs.slack.dev/reference/block-kit/blocks */
const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max) });
const slackMessage = z.strictObject({
  text: z.string().min(1),
  blocks: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('header'),
          text: z.strictObject({
            type: z.literal('plain_text'),
            text: z.string().min(1).max(150),
            emoji: z.boolean().optional(),
          }),
        }),
        z.strictObject({ type: z.literal('section'), text: mrkdwn(3000) }),
        z.strictObject({ type: z.literal('context'), elements: z.array(mrkdwn(3000)).min(1).max(10) }),
      ]),
    )
    .max(50),
});

export type SlackMessage = z.infer<typeof slackMessage>;

/** An incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function startSlack(): Promise<ApiRecorder> {
  return startApi((body) =>
    slackMessage.safeParse(body).success
      ? { status: 200, body: 'ok' }
      : { status: 400, body: 'invalid_payload' },
  );
}
