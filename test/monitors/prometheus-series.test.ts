import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CHECK_NAMES } from '../../src/health/checks.ts';
import { HEALTH_VALUE_NAMES } from '../../src/health/health-metric.ts';
import { healthMeasures } from '../../src/health/health-metrics.ts';
import { healthRegistry } from '../../src/monitors/prometheus-series.ts';
import { writeTextfile } from '../../src/monitors/textfile.ts';
import { resultsOf } from '../lib/observability/simulated-run.ts';

const AT = '2026-11-27T10:00:00.500Z';
const report = {
  at: AT,
  results: resultsOf(AT, AT, { page: ['database'], unknown: ['sink-lag'] }),
  values: { BackupAgeHours: 3.5, VaultFreePercent: 12, SinkLagMessages: 7, ZoneHoursDiffering: 2 },
  quiet: null,
};

describe('the metrics of a run for Prometheus', () => {
  it('are in base units, by the instance and the check, and have no timestamp', async () => {
    const lines = (await healthRegistry('prod/az-a', report).metrics()).split('\n');
    const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples).toEqual(
      expect.arrayContaining([
        'msr_health_run_timestamp_seconds{msr_instance="prod/az-a"} 1795773600.5',
        'msr_health_quiet{msr_instance="prod/az-a"} 0',
        'msr_check_severity{msr_instance="prod/az-a",check="database"} 2',
        'msr_check_unknown{msr_instance="prod/az-a",check="sink-lag"} 1',
        'msr_backup_age_seconds{msr_instance="prod/az-a"} 12600',
        'msr_vault_free_ratio{msr_instance="prod/az-a"} 0.12',
        'msr_sink_lag_messages{msr_instance="prod/az-a"} 7',
        'msr_zone_differences{msr_instance="prod/az-a"} 2',
      ]),
    );
    for (const sample of samples) expect(sample).toMatch(/^msr_[a-z_]+\{[^}]*\} [0-9.]+$/);
  });

  it('are all that a run has to say, each under a name of its own', async () => {
    const values = Object.fromEntries(HEALTH_VALUE_NAMES.map((name) => [name, 1]));
    const whole = { ...report, values };
    const metrics = await healthRegistry('msr', whole).getMetricsAsJSON();
    expect(metrics.flatMap((metric) => metric.values)).toHaveLength(healthMeasures(whole).length);
    expect(metrics).toHaveLength(4 + 1 + HEALTH_VALUE_NAMES.length);
    for (const { help } of metrics) expect(help.length).toBeGreaterThan(10);
    expect(CHECK_NAMES.length).toBeGreaterThan(10);
  });

  it('escape the name of an instance', async () => {
    const text = await healthRegistry('a"b\\c\nd', report).metrics();
    expect(text).toContain('msr_health_quiet{msr_instance="a\\"b\\\\c\\nd"} 0');
  });
});

describe('a file for node_exporter', () => {
  const directory = mkdtempSync(join(tmpdir(), 'msr-textfile-'));
  afterEach(() => {
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  });

  it('is readable by its user whatever the umask, replaces the one before, and leaves nothing beside it', async () => {
    const file = join(directory, 'msr.prom');
    const before = process.umask(0o077);
    try {
      await writeTextfile(file, 'a 1\n');
      await writeTextfile(file, 'a 2\n');
    } finally {
      process.umask(before);
    }
    expect(readFileSync(file, 'utf8')).toBe('a 2\n');
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory)).toEqual(['msr.prom']);
  });

  it('is refused under a name that node_exporter does not read, and in a directory that is not there', async () => {
    await expect(writeTextfile(join(directory, 'msr.txt'), 'a 1\n')).rejects.toThrow(
      `node_exporter reads no file of the name ${join(directory, 'msr.txt')}`,
    );
    const file = join(directory, 'none', 'msr.prom');
    await expect(writeTextfile(file, 'a 1\n')).rejects.toThrow(`${file} cannot be written: ENOENT`);
  });

  it('that cannot replace what is there leaves no draft', async () => {
    const file = join(directory, 'msr.prom');
    mkdirSync(join(file, 'in the way'), { recursive: true });
    chmodSync(file, 0o755);
    await expect(writeTextfile(file, 'a 1\n')).rejects.toThrow(`${file} cannot be written: `);
    expect(readdirSync(directory)).toEqual(['msr.prom']);
  });
});
