import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient } from '../../src/clients/connect.ts';
import type { Environment } from '../../src/core/environment.ts';
import type { CheckResult } from '../../src/health/check-result.ts';
import type { CheckName } from '../../src/health/checks.ts';
import type { HealthReport } from '../../src/health/health-report.ts';
import { runHealth } from '../../src/health/run-health.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import type { Msr } from '../bed/bed.ts';
import { history, messageValue } from '../bed/events.ts';
import { kafkaClient } from '../bed/kafka.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitForRunningSink } from '../bed/sink.ts';
import { waitFor } from '../bed/wait.ts';
import { runCli } from '../cli/run-cli.ts';

const bed = sharedBed();
const PERIOD_MS = 15 * 60_000;

describe('the health checks, each failure caused for real', () => {
  let msr: Msr;
  let directory: string;
  let env: Record<string, string>;
  /** Runs of a schedule: each is a quarter of an hour after the one before, by the clock that it is told. */
  let clock = Date.now();
  const connect = connectClient({ url: bed.connectUrl });
  let produced = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msr-health-'));
    msr = await bed.createMsr({ name: 'health', partitions: 2 });
    env = msr.env(directory);
    await produceEvents(200);
    await msr.query('admin', (admin) =>
      admin.query(`UPDATE msr.snapshot_pointer SET last_refresh = now(), cutoff_time = now()`),
    );
    const { exitCode, stderr } = await runCli(['backup', '--json'], env);
    expect(exitCode, stderr).toBe(0);
  });
  afterAll(async () => {
    await msr?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  async function produceEvents(count: number): Promise<void> {
    const to = new Date();
    const from = new Date(to.getTime() - 600_000);
    await msr.produce(history({ seed: produced + 1, count, topics: msr.topics, from, to }));
    produced += count;
    await msr.waitForEvents(produced);
  }

  async function health(change: Environment = {}, only?: readonly CheckName[]): Promise<HealthReport> {
    clock += PERIOD_MS;
    const given = { ...env, ...change };
    return await runHealth({
      env: given,
      vault: openVault(given['MSR_VAULT_URL'] ?? ''),
      ...{ now: new Date(clock), signal: AbortSignal.timeout(60_000), instance: null, runsHere: true },
      ...(only === undefined ? {} : { only }),
    });
  }

  const of = ({ results }: HealthReport, check: CheckName): CheckResult => {
    const result = results.find((entry) => entry.check === check);
    if (result === undefined) throw new Error(`there is no ${check}`);
    return result;
  };
  const told = (report: HealthReport, check: CheckName) => [
    of(report, check).status,
    of(report, check).severity,
  ];

  it('finds a healthy MSR healthy, quickly, and leaves a record and a page', async () => {
    const report = await health();
    const bad = report.results.filter(({ status }) => status === 'failed' || status === 'unknown');
    expect(bad).toEqual([]);
    expect(report.verdict).toBe('healthy');
    expect(report.seconds).toBeLessThan(10);
    const vault = openVault(env['MSR_VAULT_URL'] ?? '');
    const page = (await vault.readDocument(VaultPath.statusPage))?.content;
    expect(page).toContain('Can we recover now? Yes, in ');
    expect(page).toContain('losing nothing; the time is a guess: no recovery was ever drilled here');
    const record = (await vault.readDocument(VaultPath.latestHealth))?.content ?? '';
    const [topic] = JSON.parse(record).log.topics;
    expect(topic.offsets.end.length).toBe(2);
    expect(record + page).not.toContain(bed.roles.backup.password);
  });

  it('tells by exit code and on a terminal what it found', async () => {
    const { exitCode, stdout } = await runCli(['health', '--only', 'database', 'vault-space'], env);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('verdict: healthy')]);
    const status = await runCli(['status'], env);
    expect(status.stdout.split('\n')[0]).toMatch(/^Can we recover now\? Yes, in .* losing nothing/);
  });

  it('counts no transaction marker as lag', async () => {
    const [topic = ''] = msr.topics;
    const producer = kafkaClient(bed.brokers).producer({
      ...{ transactionalId: `${msr.database}-tx`, idempotent: true, maxInFlightRequests: 1 },
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const [event] = history({
      seed: 900,
      count: 1,
      topics: [topic],
      from: new Date(clock - 1000),
      to: new Date(),
    });
    const transaction = await producer.transaction();
    await transaction.send({
      topic,
      messages: [{ value: messageValue(event?.payload ?? null), partition: 0 }],
    });
    await transaction.commit();
    await producer.disconnect();
    produced += 1;
    await msr.waitForEvents(produced);
    // A clean stop commits all that was written: what is left before the end is the marker.
    await connect.stop(msr.connector);
    await waitFor('the sink to stop', async () => (await connect.status(msr.connector)).tasks.length === 0);
    for (const _ of [1, 2]) {
      const report = await health({}, ['sink-lag', 'sink-stalled']);
      expect(of(report, 'sink-lag')).toMatchObject({ status: 'ok', value: 0 });
      expect(of(report, 'sink-stalled')).toMatchObject({ status: 'ok', value: 0 });
    }
    const committed = (await connect.offsets(msr.connector)).find(
      (at) => at.topic === topic && at.partition === 0,
    );
    const admin = kafkaClient(bed.brokers).admin();
    await admin.connect();
    const [end] = (await admin.fetchTopicOffsets(topic)).filter(({ partition }) => partition === 0);
    await admin.disconnect();
    expect(Number(end?.high) - (committed?.offset ?? 0), 'a marker stands before the end').toBe(1);
  });

  it('tells a sink that nobody froze, and a lag that fills behind it, without touching it', async () => {
    const to = new Date();
    await msr.produce(
      history({ seed: 77, count: 12_000, topics: msr.topics, from: new Date(to.getTime() - 1000), to }),
    );
    produced += 12_000;
    const first = await health({ MSR_RESTART_FAILED_TASKS: 'true' });
    expect(told(first, 'sink-running')).toEqual(['failed', 'none']);
    const second = await health({ MSR_RESTART_FAILED_TASKS: 'true' });
    expect(told(second, 'sink-running')).toEqual(['failed', 'page']);
    expect(of(second, 'sink-lag')).toMatchObject({ status: 'failed', silencedBy: 'sink-running' });
    // Reckoned from the first ones of each partition, among which a marker stands.
    expect(of(second, 'sink-lag').value).toBeGreaterThan(11_900);
    expect(of(second, 'sink-lag').value).toBeLessThanOrEqual(12_000);
    expect([second.done, (await connect.status(msr.connector)).connector]).toEqual([[], 'STOPPED']);
    await connect.resume(msr.connector);
    await waitForRunningSink(bed.connectUrl, msr.connector);
    await msr.waitForEvents(produced);
    // It commits within a minute: until then nobody is woken for what is written already.
    const over = await health();
    const severities = (['sink-running', 'sink-lag', 'sink-stalled'] as const).map(
      (check) => of(over, check).severity,
    );
    expect([told(over, 'sink-running'), severities]).toEqual([
      ['ok', 'none'],
      ['none', 'none', 'none'],
    ]);
  });
});
