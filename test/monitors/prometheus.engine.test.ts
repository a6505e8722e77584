import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Msr } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import { freePorts } from '../bed/ports.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { type Supervised, startSupervised } from '../bed/supervised.ts';
import { waitFor } from '../bed/wait.ts';
import { runCli } from '../cli/run-cli.ts';
import { API_KEY, type DatadogRecorder, startDatadog } from './datadog-recorder.ts';
import { prometheusPrograms } from './prometheus.ts';

const bed = sharedBed();
const INSTANCE = 'prod/msr';

describe('a health run, as a real Prometheus and a recorder of Datadog see it', () => {
  let msr: Msr;
  let directory: string;
  let textfile: string;
  let env: Record<string, string>;
  let url: string;
  let pushgateway: Supervised;
  let datadog: DatadogRecorder;
  const running: Supervised[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msr-prometheus-'));
    textfile = join(directory, 'textfiles', 'msr.prom');
    await mkdir(join(directory, 'textfiles'));
    await startMonitors();
    msr = await bed.createMsr({ name: 'prometheus', partitions: 1 });
    datadog = await startDatadog();
    const ofDatadog = { MSR_DATADOG_API_KEY: API_KEY, MSR_DATADOG_SITE: datadog.url };
    env = { ...msr.env(directory), MSR_INSTANCE: INSTANCE, ...ofDatadog, ...env };
    const to = new Date();
    const from = new Date(to.getTime() - 600_000);
    await msr.produce(history({ seed: 1, count: 50, topics: msr.topics, from, to }));
    await msr.waitForEvents(50);
    await refreshedHoursAgo(0);
    const { exitCode, stderr } = await runCli(['backup', '--json'], env);
    expect(exitCode, stderr).toBe(0);
  });
  afterAll(async () => {
    await Promise.all([...running, datadog].map((each) => each?.stop()));
    await msr?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  function start(name: string, command: string, args: readonly string[]): Supervised {
    const started = startSupervised({ name, dir: directory, command, args });
    running.push(started);
    return started;
  }

  async function startMonitors(): Promise<void> {
    const programs = await prometheusPrograms();
    const [own = 0, gateway = 0, exporter = 0] = await freePorts(3);
    const at = (port: number) => `127.0.0.1:${port}`;
    const job = (name: string, port: number) => ({
      job_name: name,
      static_configs: [{ targets: [at(port)] }],
    });
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(directory, 'rules.yaml')],
      // Without honor_labels, which is forgotten at times.
      scrape_configs: [job('node', exporter), job('pushgateway', gateway)],
    };
    const rules = await runCli(['monitors', 'prometheus', '--instance', INSTANCE]);
    await writeFile(join(directory, 'rules.yaml'), rules.stdout);
    await writeFile(join(directory, 'prometheus.yaml'), stringify(config));
    pushgateway = start('pushgateway', programs.pushgateway, [
      `--web.listen-address=${at(gateway)}`,
      `--persistence.file=${join(directory, 'pushed')}`,
    ]);
    start('node-exporter', programs.nodeExporter, [
      `--web.listen-address=${at(exporter)}`,
      ...['--collector.disable-defaults', '--collector.textfile'],
      `--collector.textfile.directory=${join(directory, 'textfiles')}`,
    ]);
    start('prometheus', programs.prometheus, [
      `--web.listen-address=${at(own)}`,
      `--config.file=${join(directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(directory, 'tsdb')}`,
    ]);
    url = `http://${at(own)}`;
    env = { MSR_PUSHGATEWAY_URL: `http://${at(gateway)}` };
    for (const address of [own, gateway, exporter].map(at)) {
      await waitFor(`${address} to be ready`, async () => {
        for (const each of running) each.assertRunning();
        return (await fetch(`http://${address}/metrics`).catch(() => undefined))?.ok;
      });
    }
  }

  async function refreshedHoursAgo(hours: number): Promise<void> {
    await msr.query('admin', (admin) =>
      admin.query(
        `UPDATE msr.snapshot_pointer SET cutoff_time = now(), last_refresh = now() - make_interval(hours => ${hours})`,
      ),
    );
  }

  const health = () => runCli(['health', '--format', 'prometheus', '--output', textfile], env);

  /** Values by the job that was scraped. */
  async function query(expression: string): Promise<Record<string, number>> {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await answer.json()) as {
      data: { result: Array<{ metric: Record<string, string>; value: [number, string] }> };
    };
    return Object.fromEntries(data.result.map(({ metric, value }) => [metric['job'], Number(value[1])]));
  }

  interface Alert {
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
    readonly state: string;
  }

  const isOfDrills = ({ labels }: Alert) => labels['alertname'] === 'MsrHealthDrillFresh';

  async function firing(severity: 'page' | 'ticket'): Promise<Alert[]> {
    const answer = (await (await fetch(`${url}/api/v1/alerts`)).json()) as { data: { alerts: Alert[] } };
    return answer.data.alerts.filter(
      ({ state, labels }) => state === 'firing' && labels['severity'] === severity,
    );
  }

  it('comes by the file and by the Pushgateway, with the same values', async () => {
    expect(await health()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const run = `msr_health_run_timestamp_seconds{msr_instance="${INSTANCE}"}`;
    const seen = await waitFor('both ways to be scraped', async () => {
      const values = await query(run);
      return Object.keys(values).length === 2 ? values : undefined;
    });
    expect(Object.keys(seen).sort()).toEqual(['node', 'pushgateway']);
    expect(seen['node']).toBe(seen['pushgateway']);
    expect(await query(`msr_check_severity{check="database"}`)).toEqual({ node: 0, pushgateway: 0 });
    expect(await query('node_textfile_scrape_error')).toEqual({ node: 0 });
    expect(await query('push_failure_time_seconds')).toEqual({ pushgateway: 0 });
    // Nobody has drilled a recovery here.
    await waitFor('a ticket', async () => (await firing('ticket')).some(isOfDrills));
    expect(await firing('page')).toEqual([]);
  });

  it('fires the page of a failure, says what to do, and ends with it', async () => {
    await refreshedHoursAgo(50);
    expect((await health()).exitCode).toBe(1);
    const [alert, ...others] = await waitFor('the page', async () => {
      const alerts = await firing('page');
      return alerts.length > 0 ? alerts : undefined;
    });
    expect(others).toEqual([]);
    expect(alert?.labels).toEqual({
      alertname: 'MsrHealthSnapshotFresh',
      msr_instance: INSTANCE,
      severity: 'page',
    });
    expect(alert?.annotations['description']).toContain(
      "First: look why MSR's maintenance of 03:00 did not run.",
    );
    expect(datadog.checks.filter(({ status }) => status === 2)).toEqual([
      expect.objectContaining({
        tags: ['msr_instance:prod/msr', 'alarm:health-snapshot-fresh'],
        message: expect.stringMatching(/^snapshot-fresh: .*50/),
      }),
    ]);
    await refreshedHoursAgo(0);
    expect((await health()).exitCode).toBe(0);
    await waitFor('its end', async () => (await firing('page')).length === 0);
  });

  it('that a Pushgateway does not take is told, and comes by the file all the same', async () => {
    await pushgateway.stop();
    await rm(textfile);
    const { exitCode, stdout, stderr } = await health();
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^msr: the Pushgateway at 127\.0\.0\.1:\d+ does not answer: connect ECONNREFUSED [0-9.:]+\nHINT: see whether the Pushgateway of MSR_PUSHGATEWAY_URL runs and can be reached from here\n$/,
    );
    expect(await readFile(textfile, 'utf8')).toContain(`msr_health_quiet{msr_instance="${INSTANCE}"} 0\n`);
  });

  it('of a part of the checks is refused: a monitor would take the rest for well', async () => {
    const { exitCode, stderr } = await runCli(['health', '--only', 'database'], env);
    expect([exitCode, stderr]).toEqual([
      1,
      'msr: --only database is given, and a monitor is to be told\nHINT: tell monitors of whole runs alone: leave out --only, or the format and the variables of monitors\n',
    ]);
  });
});
