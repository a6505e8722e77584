import { z } from 'zod';
import { type ApiRecorder, startApi } from '../paging/recorder.ts';

export const APP_KEY = 'fedcba9876543210fedcba9876543210fedcba98';
export const API_KEY = '0123456789abcdef0123456789abcdef';

const tags = z.array(z.string().regex(/^[a-z][a-z0-9_:./-]{0,199}$/));

/** https://docs.datadoghq.com/api/latest/service-checks/#submit-a-service-check */
const serviceCheck = z.strictObject({
  check: z.string().min(1),
  host_name: z.string().min(1),
  status: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  tags,
  message: z.string().max(500).optional(),
  timestamp: z.int().optional(),
});

/** https://docs.datadoghq.com/api/latest/metrics/#submit-metrics, version 1 */
const series = z.strictObject({
  metric: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_.]{0,199}$/),
  points: z.array(z.tuple([z.int(), z.number()])).min(1),
  type: z.enum(['count', 'gauge', 'rate']),
  host: z.string(),
  tags,
});

/** https://docs.datadoghq.com/api/latest/monitors/#create-a-monitor, as far as it is used */
const monitor = z.strictObject({
  name: z.string().min(1),
  type: z.literal('service check'),
  query: z
    .string()
    .regex(/^"[a-z_.]+"\.over\("[^"]+"(,"[^"]+")*\)\.by\("[a-z_]+"\)\.last\(\d+\)\.count_by_status\(\)$/),
  message: z.string(),
  tags: z.array(z.string()),
  priority: z.int().min(1).max(5),
  options: z.strictObject({
    thresholds: z.strictObject({ ok: z.int(), warning: z.int(), critical: z.int() }),
    renotify_interval: z.int(),
    include_tags: z.boolean(),
    notify_no_data: z.boolean(),
    no_data_timeframe: z
      .int()
      .min(2)
      .max(24 * 60)
      .optional(),
  }),
});

type DatadogMonitor = z.infer<typeof monitor> & { readonly id: number };
type DatadogServiceCheck = z.infer<typeof serviceCheck>;
type DatadogSeries = z.infer<typeof series>;

export interface DatadogRecorder extends ApiRecorder {
  readonly checks: DatadogServiceCheck[];
  readonly series: DatadogSeries[];
  readonly monitors: DatadogMonitor[];
}

const said = (status: number, body: object) => ({
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

/** Datadog's API as it is documented: what a run submits, and monitors. */
export async function startDatadog(): Promise<DatadogRecorder> {
  const kept = {
    checks: [] as DatadogServiceCheck[],
    series: [] as DatadogSeries[],
    monitors: [] as DatadogMonitor[],
  };
  const take = <T>(schema: z.ZodType<T>, body: unknown, taken: (value: T) => object, status: number) => {
    const parsed = schema.safeParse(body);
    return parsed.success ? said(status, taken(parsed.data)) : said(400, { errors: [parsed.error.message] });
  };
  const accept = <T>(into: T[], values: T[]) => {
    into.push(...values);
    return { status: 'ok' };
  };
  const endpoints: Record<string, (body: unknown, url: URL) => ReturnType<typeof said>> = {
    'POST /api/v1/check_run': (body) =>
      take(z.array(serviceCheck), body, (checks) => accept(kept.checks, checks), 202),
    'POST /api/v1/series': (body) =>
      take(z.strictObject({ series: z.array(series) }), body, (all) => accept(kept.series, all.series), 202),
    'GET /api/v1/monitor': (_, url) => {
      const tags = url.searchParams.get('monitor_tags')?.split(',') ?? [];
      return said(
        200,
        kept.monitors.filter((each) => tags.every((tag) => each.tags.includes(tag))),
      );
    },
    'POST /api/v1/monitor': (body) =>
      take(monitor, body, (made) => keep({ ...made, id: kept.monitors.length + 1 }), 200),
    'PUT /api/v1/monitor': (body, url) =>
      take(monitor, body, (made) => keep({ ...made, id: Number(url.pathname.split('/')[4]) }), 200),
  };
  const keep = (made: DatadogMonitor) => {
    const at = kept.monitors.findIndex(({ id }) => id === made.id);
    if (at < 0) kept.monitors.push(made);
    else kept.monitors[at] = made;
    return made;
  };
  const recorder = await startApi((body, { method, url = '', headers }) => {
    const asked = new URL(url, 'http://datadog');
    const path = asked.pathname.split('/').slice(0, 4).join('/');
    const isOfMonitors = path === '/api/v1/monitor';
    const refused =
      headers['dd-api-key'] !== API_KEY || (isOfMonitors && headers['dd-application-key'] !== APP_KEY);
    if (refused) return said(403, { errors: ['Forbidden'] });
    const endpoint = endpoints[`${method} ${path}`];
    return endpoint === undefined
      ? said(404, { errors: [`no endpoint ${method} ${url}`] })
      : endpoint(body, asked);
  });
  return { ...recorder, ...kept };
}
