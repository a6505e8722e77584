import { readFileSync } from 'node:fs';
import { ObjectSerializer } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HEALTH_ALARMS } from '../../src/health/alarms.ts';
import { datadogMonitors } from '../../src/monitors/datadog-monitors.ts';
import { datadogSubmission } from '../../src/monitors/datadog-submission.ts';
import { DEFAULT_INSTANCE } from '../../src/monitors/monitor-settings.ts';
import { runCli } from '../cli/run-cli.ts';
import { API_KEY, APP_KEY, type DatadogRecorder, startDatadog } from './datadog-recorder.ts';
import { reportOf } from './sample-report.ts';

const OF = { instance: DEFAULT_INSTANCE, everyMinutes: 15, runbookUrl: undefined, notify: {} };

describe('the monitors of Datadog', () => {
  it('in docs/ are those of the table', () => {
    const written = JSON.parse(readFileSync('docs/datadog-monitors.json', 'utf8'));
    expect(written, 'run `npm run docs:monitors`').toEqual(datadogMonitors(OF));
    expect(written).toHaveLength(HEALTH_ALARMS.length + 1);
  });

  it("are such as Datadog's own client reads, and loses nothing of", () => {
    for (const monitor of datadogMonitors(OF)) {
      const read = ObjectSerializer.deserialize(monitor, 'Monitor', '');
      expect(read._unparsed).toBeUndefined();
      for (const each of [read, read.options, read.options.thresholds]) {
        expect(each.additionalProperties).toBeUndefined();
      }
      expect(ObjectSerializer.serialize(read, 'Monitor', '')).toEqual(monitor);
    }
  });

  it('each ask for a check that a run submits, and every check is asked for', () => {
    const of = { ...OF, instance: 'Prod "A"' };
    const submitted = datadogSubmission('host', of.instance, reportOf({})).checks.map(({ check, tags }) => [
      check,
      ...tags,
    ]);
    const asked = datadogMonitors(of).map(({ query }) => {
      const [, check, over = ''] =
        /^"([^"]+)"\.over\((.*)\)\.by\("msr_instance"\)\.last\(2\)\.count_by_status\(\)$/.exec(query) ?? [];
      return [check, ...over.split(',').map((tag) => JSON.parse(tag))];
    });
    expect(asked.map(String).sort()).toEqual(submitted.map(String).sort());
    expect(new Set(asked.map(String)).size).toBe(asked.length);
  });

  it('tell of silence after two periods, and of nothing else that is missing', () => {
    const options = datadogMonitors({ ...OF, everyMinutes: 5 }).map((monitor) => monitor.options);
    expect(options.filter((each) => each['notify_no_data'])).toEqual([
      expect.objectContaining({ notify_no_data: true, no_data_timeframe: 14 }),
    ]);
  });
});

describe('msr monitors datadog', () => {
  it('prints them, for the instance and with whom to notify', async () => {
    const args = [
      '--instance',
      'prod/az-a',
      '--notify-page',
      '@pagerduty-msr',
      '--notify-ticket',
      '@slack-msr',
    ];
    const { exitCode, stdout } = await runCli(['monitors', 'datadog', ...args]);
    const monitors = JSON.parse(stdout) as ReturnType<typeof datadogMonitors>;
    expect(exitCode).toBe(0);
    for (const { message, tags } of monitors) {
      expect(message.endsWith(tags.includes('severity:page') ? '\n@pagerduty-msr' : '\n@slack-msr')).toBe(
        true,
      );
    }
    expect(monitors[0]?.query).toBe(
      '"msr.health".over("msr_instance:prod/az-a","alarm:health-database").by("msr_instance").last(2).count_by_status()',
    );
    expect(monitors[0]?.message).toContain('{{check_message}}');
  });
});

describe('msr monitors datadog --apply', () => {
  let datadog: DatadogRecorder;
  let env: Record<string, string>;
  beforeEach(async () => {
    datadog = await startDatadog();
    env = { MSR_DATADOG_API_KEY: API_KEY, MSR_DATADOG_APP_KEY: APP_KEY, MSR_DATADOG_SITE: datadog.url };
  });
  afterEach(() => datadog.stop());

  const apply = (page: string, change: Record<string, string> = {}) =>
    runCli(['monitors', 'datadog', '--apply', '--notify-page', page, '--notify-ticket', ''], {
      ...env,
      ...change,
    });
  const all = HEALTH_ALARMS.length + 1;

  it('makes each once, however often it is called, and replaces what it says', async () => {
    expect(await apply('@first')).toEqual({
      ...{ exitCode: 0, stdout: `${all} monitors made, 0 brought up to date\n`, stderr: '' },
    });
    expect((await apply('@second')).stdout).toBe(`0 monitors made, ${all} brought up to date\n`);
    expect(datadog.monitors.map(({ id: _, ...monitor }) => monitor)).toEqual(
      datadogMonitors({ ...OF, notify: { page: '@second', ticket: '' } }),
    );
  });

  it('leaves those of other instances, and names its own that the table no longer has', async () => {
    await apply('@page', { MSR_INSTANCE: 'other' });
    const [some] = datadog.monitors;
    if (some === undefined) throw new Error('none was made');
    datadog.monitors.push({ ...some, id: 900, name: 'of old', tags: ['service:msr', 'msr_instance:msr'] });
    const { stdout } = await apply('@page');
    expect(stdout).toBe(
      `${all} monitors made, 0 brought up to date\nleft as it is, and not of this version of msr: of old (900)\n`,
    );
    expect(datadog.monitors).toHaveLength(2 * all + 1);
  });

  it('goes on where it stopped', async () => {
    datadog.disturb(
      { status: 200, body: '[]', headers: { 'content-type': 'application/json' } },
      { status: 503, body: '' },
    );
    const { exitCode, stderr } = await apply('@page');
    // Whether a monitor was made is not known after a 503: it is not made again unseen.
    expect([exitCode, datadog.requests(), stderr]).toEqual([
      ...[1, 2],
      `msr: Datadog at ${new URL(datadog.url).host} answers 503: \nHINT: see the status page of Datadog, and try again\n`,
    ]);
    expect((await apply('@page')).stdout).toBe(`${all} monitors made, 0 brought up to date\n`);
  });

  it('asks for its keys, and for whom to notify', async () => {
    const { stderr } = await apply('@page', { MSR_DATADOG_APP_KEY: 'another' });
    expect(stderr).toMatch(
      /answers 403: Forbidden\nHINT: see whether MSR_DATADOG_API_KEY with MSR_DATADOG_APP_KEY is of the account/,
    );
    expect(stderr).not.toContain('another');
    const without = await runCli(['monitors', 'datadog', '--apply'], { MSR_DATADOG_API_KEY: API_KEY });
    expect(without.stderr).toMatch(/^msr: MSR_DATADOG_API_KEY or MSR_DATADOG_APP_KEY is not set\nHINT: /);
    const unsaid = await runCli(['monitors', 'datadog', '--apply', '--notify-page', '@page'], env);
    expect(unsaid.stderr).toMatch(/^msr: whom the monitors are to notify is not said\nHINT: /);
    expect(datadog.monitors).toEqual([]);
  });
});
