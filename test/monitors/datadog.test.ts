import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alarmName, HEALTH_ALARMS } from '../../src/health/alarms.ts';
import { CHECK_NAMES } from '../../src/health/checks.ts';
import { readMonitorSettings } from '../../src/monitors/monitor-settings.ts';
import { tellMonitors } from '../../src/monitors/tell-monitors.ts';
import { freePort } from '../bed/ports.ts';
import type { Found } from '../lib/observability/simulated-run.ts';
import { API_KEY, type DatadogRecorder, startDatadog } from './datadog-recorder.ts';
import { reportOf } from './sample-report.ts';

const INSTANCE = 'prod/AZ a';

let datadog: DatadogRecorder;
beforeEach(async () => {
  datadog = await startDatadog();
});
afterEach(async () => {
  await datadog.stop();
  vi.restoreAllMocks();
});

async function tell(found: Found, env: Record<string, string> = {}): Promise<readonly string[]> {
  const settings = readMonitorSettings({
    ...{ MSR_DATADOG_API_KEY: API_KEY, MSR_DATADOG_SITE: datadog.url },
    ...env,
  });
  return await tellMonitors(reportOf(found), {
    ...{ instance: INSTANCE, settings, signal: AbortSignal.timeout(60_000) },
  });
}

/** The alarms that were told, by their status. */
function statuses(): Record<string, number> {
  const told = datadog.checks.filter(({ check }) => check === 'msr.health');
  return Object.fromEntries(told.map(({ tags, status }) => [tags[1]?.replace('alarm:', ''), status]));
}

const quiet = { why: 'a recovery is under way', until: '2026-11-27T18:00:00.000Z' };

describe('what Datadog is told of a run', () => {
  it('is nothing without a key', async () => {
    const settings = readMonitorSettings({ MSR_DATADOG_SITE: datadog.url });
    expect(settings.datadog).toBeUndefined();
    await tellMonitors(reportOf({}), { instance: INSTANCE, settings, signal: AbortSignal.timeout(1000) });
    expect(datadog.requests()).toBe(0);
  });

  it('is a status of every alarm and of the run, and every metric, under tags as Datadog keeps them', async () => {
    expect(await tell({ values: { BackupAgeHours: 3, VaultFreePercent: 50 } })).toEqual([]);
    expect(statuses()).toEqual(Object.fromEntries(HEALTH_ALARMS.map((alarm) => [alarmName(alarm), 0])));
    expect(datadog.checks[0]).toEqual({
      ...{ check: 'msr.health_run', host_name: hostname(), status: 0, tags: ['msr_instance:prod/az_a'] },
    });
    const values = Object.fromEntries(datadog.series.map(({ metric, points }) => [metric, points[0]?.[1]]));
    expect(values).toMatchObject({
      ...{ 'msr.health_run': 1, 'msr.backup_age_seconds': 10_800, 'msr.vault_free_ratio': 0.5 },
    });
    const ofChecks = datadog.series.filter(({ metric }) => metric === 'msr.check_severity');
    expect(ofChecks.map(({ tags }) => tags)).toEqual(
      CHECK_NAMES.map((check) => ['msr_instance:prod/az_a', `check:${check}`]),
    );
    for (const { points, type } of datadog.series) {
      expect([type, Math.abs((points[0]?.[0] ?? 0) - Date.now() / 1000) < 60]).toEqual(['gauge', true]);
    }
  });

  it('is one page for one cause, with what was found', async () => {
    await tell({ page: ['database', 'sink-running', 'snapshot-fresh'], ticket: ['ingestion', 'jobs'] });
    const bad = Object.entries(statuses()).filter(([, status]) => status !== 0);
    expect(bad.sort()).toEqual([
      ['health-database', 2],
      ['health-jobs', 1],
    ]);
    const page = datadog.checks.find(({ status }) => status === 2);
    expect(page?.message).toBe('database: as the scenario says');
  });

  it('is what nobody could look at twice', async () => {
    await tell({ unknown: ['sink-lag', 'jobs'] });
    expect(statuses()).toMatchObject({ 'health-unknown': 2, 'health-unknown-ticket': 0 });
    const page = datadog.checks.find(({ status }) => status === 2);
    expect(page?.message).toBe('sink-lag: as the scenario says · jobs: as the scenario says');
  });

  it('is no word of what a recovery holds back, so that it neither begins nor ends', async () => {
    await tell({ page: ['database', 'backup-replayable'], quiet });
    expect(statuses()).toMatchObject({ 'health-backup-replayable': 2, 'health-sink': 0 });
    expect(statuses()).not.toHaveProperty('health-database');
    // What is well again meanwhile is over at once.
    datadog.checks.length = 0;
    await tell({ quiet });
    expect(statuses()).toMatchObject({ 'health-database': 0 });
  });

  it('calls nobody whom a name in the evidence seems to call', async () => {
    const report = reportOf({ page: ['database'] });
    const results = report.results.map((result) => ({
      ...result,
      evidence: ['topic @pagerduty-all', 'x'.repeat(600)],
    }));
    const settings = readMonitorSettings({ MSR_DATADOG_API_KEY: API_KEY, MSR_DATADOG_SITE: datadog.url });
    const signal = AbortSignal.timeout(10_000);
    expect(await tellMonitors({ ...report, results }, { instance: INSTANCE, settings, signal })).toEqual([]);
    const page = datadog.checks.find(({ status }) => status === 2);
    expect(page?.message).toMatch(/^database: topic \(at\)pagerduty-all; x{400,}$/);
    expect(page?.message).toHaveLength(500);
  });
});

describe('what Datadog does not take', () => {
  const host = () => new URL(datadog.url).host;

  it('for its key, is told without it', async () => {
    const console = [vi.spyOn(globalThis.console, 'error'), vi.spyOn(globalThis.console, 'log')];
    const wrong = 'ffffffffffffffffffffffffffffffff';
    const untold = await tell({}, { MSR_DATADOG_API_KEY: wrong });
    expect(untold).toEqual([
      `Datadog at ${host()} answers 403: Forbidden\nHINT: see whether MSR_DATADOG_API_KEY is of the account, and MSR_DATADOG_SITE the site that it is at`,
    ]);
    for (const said of console) expect(said).not.toHaveBeenCalled();
  });

  it('because it is busy, is told once more', async () => {
    datadog.disturb({ status: 429, body: '{}', headers: { 'retry-after': '0' } }, { status: 503, body: '' });
    const started = performance.now();
    expect(await tell({})).toEqual([]);
    expect([datadog.requests(), performance.now() - started > 1900]).toEqual([4, true]);
  });

  it('three times, is left to the next run', async () => {
    const busy = {
      status: 429,
      body: '{"errors":["slow down"]}',
      headers: { 'retry-after': '0', 'content-type': 'application/json' },
    };
    datadog.disturb(busy, busy, busy);
    expect(await tell({})).toEqual([expect.stringMatching(/answers 429: slow down\nHINT: /)]);
  });

  it('because it is elsewhere, does not carry the key there', async () => {
    const seen: unknown[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers['dd-api-key']);
      response.end('{}');
    });
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    datadog.disturb({ status: 307, body: '', headers: { location } });
    expect(await tell({})).toEqual([
      expect.stringMatching(/^Datadog at .* does not answer: unexpected redirect\nHINT: /),
    ]);
    expect(seen).toEqual([]);
    elsewhere.close();
    await once(elsewhere, 'close');
  });

  it('because nobody is there, is told; and no variable of its own agent is heard', async () => {
    vi.stubEnv('DD_SITE', 'example.invalid');
    vi.stubEnv('DD_API_KEY', 'not-this-one');
    const port = await freePort();
    const untold = await tell({}, { MSR_DATADOG_SITE: `http://127.0.0.1:${port}` });
    vi.unstubAllEnvs();
    expect(untold).toEqual([
      `Datadog at 127.0.0.1:${port} does not answer: connect ECONNREFUSED 127.0.0.1:${port}\nHINT: see MSR_DATADOG_SITE, and whether this machine may reach it`,
    ]);
  });
});

describe('the variables of monitors', () => {
  it.each([
    [{}, undefined],
    [{ MSR_DATADOG_API_KEY: ' k\n' }, { url: 'https://api.datadoghq.com', apiKey: 'k' }],
    [
      { MSR_DATADOG_API_KEY: 'k', MSR_DATADOG_SITE: 'us3.datadoghq.com' },
      { url: 'https://api.us3.datadoghq.com', apiKey: 'k' },
    ],
    [
      { MSR_DATADOG_API_KEY: 'k', MSR_DATADOG_SITE: 'app.datadoghq.eu' },
      { url: 'https://api.datadoghq.eu', apiKey: 'k' },
    ],
  ])('%j', (env, datadog) => {
    expect(readMonitorSettings(env).datadog).toEqual(datadog);
  });

  it.each([
    [{ MSR_PUSHGATEWAY_URL: 'secret' }, 'MSR_PUSHGATEWAY_URL is not valid: '],
    [
      { MSR_DATADOG_SITE: 'no site' },
      'MSR_DATADOG_SITE is not valid: expected a site as datadoghq.eu, or a URL',
    ],
    [{ MSR_DATADOG_API_KEY: '' }, 'MSR_DATADOG_API_KEY is not valid: '],
  ])('%j is refused, its value unsaid', (env, fact) => {
    const refused = () => readMonitorSettings(env);
    expect(refused).toThrow(fact);
    expect(refused).not.toThrow(/secret|no site/);
  });
});
