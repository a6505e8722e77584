import { readFileSync } from 'node:fs';
import { ObjectSerializer } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js';
import { describe, expect, it } from 'vitest';
import { HEALTH_ALARMS } from '../../src/health/alarms.ts';
import { datadogMonitors } from '../../src/monitors/datadog-monitors.ts';
import { datadogSubmission } from '../../src/monitors/datadog-submission.ts';
import { DEFAULT_INSTANCE } from '../../src/monitors/monitor-settings.ts';
import { runCli } from '../cli/run-cli.ts';
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
