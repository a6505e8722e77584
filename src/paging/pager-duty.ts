import { deliver } from './deliver.ts';
import { type Notice, noticeText } from './notice.ts';

/** Where events go, by the service region of the account. */
export const PAGER_DUTY_URLS = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;

/** Limits of the API, in characters. */
const LONGEST_KEY = 255;
const LONGEST_SUMMARY = 1024;

/**
 * A notice as an event of PagerDuty's Events API v2: what ends resolves what began, by the same `dedup_key`.
 * https://developer.pagerduty.com/docs/events-api-v2-overview
 */
function pagerDutyEvent(notice: Notice, routingKey: string): object {
  const common = { routing_key: routingKey, dedup_key: notice.key.slice(0, LONGEST_KEY) };
  if (notice.isOver) return { ...common, event_action: 'resolve' };
  return {
    ...common,
    event_action: 'trigger',
    client: 'MSR Recovery',
    payload: {
      summary: notice.title.slice(0, LONGEST_SUMMARY),
      source: notice.source,
      severity: notice.severity === 'page' ? 'critical' : 'warning',
      timestamp: notice.at,
      custom_details: { text: noticeText(notice) },
    },
    links: notice.links,
  };
}

const HINTS = {
  400: 'see whether the secret holds the 32 characters of the integration key, and nothing else',
  429: 'PagerDuty takes a limited number of events a minute for each key; it was tried four times',
};

/** @param url one of PAGER_DUTY_URLS @throws DeliveryError */
export async function tellPagerDuty(
  notice: Notice,
  {
    url,
    routingKey,
    retryMs,
  }: { readonly url: string; readonly routingKey: string; readonly retryMs?: number },
): Promise<void> {
  const body = pagerDutyEvent(notice, routingKey.trim());
  await deliver({ to: 'PagerDuty', url, body, hints: HINTS, ...(retryMs === undefined ? {} : { retryMs }) });
}
