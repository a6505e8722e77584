import { z } from 'zod';
import { type ApiRecorder, startApi } from '../paging/recorder.ts';

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

type DatadogServiceCheck = z.infer<typeof serviceCheck>;
type DatadogSeries = z.infer<typeof series>;

export interface DatadogRecorder extends ApiRecorder {
  readonly checks: DatadogServiceCheck[];
  readonly series: DatadogSeries[];
}

const said = (status: number, body: object) => ({
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

/** The two endpoints of Datadog's API that a run is told to, as they are documented. */
export async function startDatadog(): Promise<DatadogRecorder> {
  const taken = { checks: [] as DatadogServiceCheck[], series: [] as DatadogSeries[] };
  const recorder = await startApi((body, { method, url, headers }) => {
    if (headers['dd-api-key'] !== API_KEY) return said(403, { errors: ['Forbidden'] });
    if (`${method} ${url}` === 'POST /api/v1/check_run') {
      const parsed = z.array(serviceCheck).safeParse(body);
      if (!parsed.success) return said(400, { errors: [parsed.error.message] });
      taken.checks.push(...parsed.data);
      return said(202, { status: 'ok' });
    }
    if (`${method} ${url}` === 'POST /api/v1/series') {
      const parsed = z.strictObject({ series: z.array(series) }).safeParse(body);
      if (!parsed.success) return said(400, { errors: [parsed.error.message] });
      taken.series.push(...parsed.data.series);
      return said(202, { status: 'ok' });
    }
    return said(404, { errors: [`no endpoint ${method} ${url}`] });
  });
  return { ...recorder, ...taken };
}
