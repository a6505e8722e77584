import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alarmName, HEALTH_ALARMS } from '../../src/health/alarms.ts';
import { DEFAULT_INSTANCE } from '../../src/monitors/monitor-settings.ts';
import { prometheusRules, rulesFile } from '../../src/monitors/prometheus-rules.ts';
import { runCli } from '../cli/run-cli.ts';

const OF = { instance: DEFAULT_INSTANCE, everyMinutes: 15, runbookUrl: undefined };

describe('the rules file of Prometheus', () => {
  it('in docs/ is that of the table', () => {
    const written = readFileSync('docs/prometheus-rules.yaml', 'utf8');
    expect(written, 'run `npm run docs:monitors`').toBe(rulesFile(OF));
  });

  it('has an alert for each alarm of the table, and for silence; each with a heading of the runbook', () => {
    const { groups } = parse(rulesFile(OF));
    const rules = groups[0].rules as Array<{ alert: string; annotations: { description: string } }>;
    expect(rules).toHaveLength(HEALTH_ALARMS.length + 1);
    expect(new Set(HEALTH_ALARMS.map(alarmName)).size).toBe(HEALTH_ALARMS.length);
    const runbook = readFileSync('docs/runbook.md', 'utf8');
    for (const { annotations } of rules) {
      const heading = /^Runbook: the heading ([a-z-]+) of/m.exec(annotations.description)?.[1];
      expect(runbook).toContain(`\n## ${heading}\n`);
    }
  });

  it('quotes what an operator has named as he likes', () => {
    const { groups } = parse(rulesFile({ ...OF, instance: 'a"b\\c' }));
    expect(groups[0].rules[0].expr).toContain('msr_instance="a\\"b\\\\c"');
  });
});

describe('msr monitors prometheus', () => {
  it('prints the rules file, for the instance, the schedule and the runbook that it is told', async () => {
    const args = [
      '--instance',
      'prod/az-a',
      '--every',
      '5',
      '--runbook-url',
      'https://wiki.example.com/runbook',
    ];
    const { exitCode, stdout } = await runCli(['monitors', 'prometheus', ...args]);
    const of = { instance: 'prod/az-a', everyMinutes: 5, runbookUrl: 'https://wiki.example.com/runbook' };
    expect([exitCode, stdout]).toEqual([0, rulesFile(of)]);
    expect(stdout).toContain('runbook_url: https://wiki.example.com/runbook#health-silent');
    expect(stdout).toContain('for 14 minutes');
    const json = await runCli(['monitors', 'prometheus', '--json'], { MSR_INSTANCE: 'prod/az-a' });
    expect(JSON.parse(json.stdout)).toEqual(prometheusRules({ ...OF, instance: 'prod/az-a' }));
  });

  it('refuses a schedule that is none', async () => {
    const { exitCode, stderr } = await runCli(['monitors', 'prometheus', '--every', '90']);
    expect([exitCode, stderr]).toEqual([
      1,
      "msr: option '--every <minutes>' argument '90' is invalid. Expected whole minutes, from 1 to 60.\nHINT: `msr monitors prometheus --help` lists what there is\n",
    ]);
  });
});
