import { type Command, Option } from 'commander';
import type { Environment } from '../core/environment.ts';
import { ExitCode, OperatorError } from '../core/operator-error.ts';
import { CHECK_NAMES, type CheckName } from '../health/checks.ts';
import { type HealthReport, healthExitCode } from '../health/health-report.ts';
import { monitoredInstance, readMonitorSettings } from '../monitors/monitor-settings.ts';
import { InstanceVariable } from '../settings/instance-environment.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { API_SETTINGS, addSettingOptions, allSettingsBut } from './setting-options.ts';
import { table } from './tables.ts';

interface HealthOptions {
  readonly only?: readonly CheckName[];
  readonly format: 'text' | 'prometheus';
  readonly output?: string;
  readonly pushgateway?: string;
}

/**
 * `msr health`: the check run of on-call, for cron; exit code 0 healthy, 1 not healthy, 2 could not verify.
 */
export function addHealthCommand(program: Command, run: Run): void {
  const only = new Option('--only <check...>', 'these checks alone').choices(CHECK_NAMES);
  const format = new Option('--format <format>', 'prometheus: the metrics, as Prometheus reads them')
    .choices(['text', 'prometheus'])
    .default('text');
  const command = program
    .command('health')
    .description('run the health checks, record what they saw, and say what on-call must hear of')
    .addOption(only)
    .addOption(format)
    .option(
      '--output <file.prom>',
      "the metrics into a file, whole at once: for node_exporter's textfile collector",
    )
    .option('--pushgateway <url>', 'push the metrics to a Pushgateway of Prometheus [MSR_PUSHGATEWAY_URL]')
    .action((options: HealthOptions, self: Command) =>
      run(self, (invocation) => healthCommand(invocation, options)),
    );
  addSettingOptions(
    command,
    allSettingsBut(
      ...API_SETTINGS,
      'MSR_READERS_SECRET_ID',
      'MSR_CONNECTOR_SECRETS',
      'MSR_STRATEGY_OPTIONS',
      'MSR_PG_BIN',
      'MSR_REPLAY_THREADS',
    ),
  );
}

async function healthCommand(invocation: Invocation, options: HealthOptions): Promise<Answer> {
  const { only, pushgateway } = options;
  const given = pushgateway === undefined ? {} : { MSR_PUSHGATEWAY_URL: pushgateway };
  const env: Environment = { ...invocation.env, ...given };
  const settings = readMonitorSettings(env);
  refuseAtOdds(
    options,
    invocation.json,
    settings.pushgatewayUrl !== undefined || settings.datadog !== undefined,
  );
  const { runHealth } = await import('../health/run-health.ts');
  const report = await runHealth({
    env,
    vault: invocation.vault(),
    now: new Date(),
    signal: invocation.signal,
    instance: env[InstanceVariable.name] ?? null,
    runsHere: true,
    ...(only === undefined ? {} : { only }),
  });
  const { tellMonitors } = await import('../monitors/tell-monitors.ts');
  const instance = monitoredInstance(env);
  const untold = await tellMonitors(report, { instance, settings, signal: invocation.signal });
  return {
    document: report,
    text: await textOf(report, instance, options),
    exitCode: exitCodeOf(report, untold),
    ...(untold.length === 0 ? {} : { failure: untold.join('\n') }),
  };
}

/** Options that do not go together. */
function refuseAtOdds({ only, format, output }: HealthOptions, json: boolean, pushes: boolean): void {
  if (output !== undefined && format !== 'prometheus') {
    throw new OperatorError(`--output is given, and the format is ${format}`, {
      hint: 'add --format prometheus; the report itself goes to standard output',
    });
  }
  if (output === undefined && format === 'prometheus' && json) {
    throw new OperatorError('--json and --format prometheus are given, and there is one standard output', {
      hint: 'let the metrics go into a file: --output /path/to/msr.prom',
    });
  }
  // A monitor would take the checks that were left out for as well as they were before.
  if (only === undefined || (format !== 'prometheus' && !pushes)) return;
  throw new OperatorError(`--only ${only.join(' ')} is given, and a monitor is to be told`, {
    hint: 'tell monitors of whole runs alone: leave out --only, or the format and the variables of monitors',
  });
}

async function textOf(
  report: HealthReport,
  instance: string,
  { format, output }: HealthOptions,
): Promise<string> {
  if (format === 'text') return describeHealth(report);
  const { healthRegistry } = await import('../monitors/prometheus-series.ts');
  const metrics = await healthRegistry(instance, report).metrics();
  if (output === undefined) return metrics.trimEnd();
  const { writeTextfile } = await import('../monitors/textfile.ts');
  await writeTextfile(output, metrics);
  return '';
}

/** A monitor that was not told knows nothing of what was found: that is never a success. */
function exitCodeOf({ verdict }: HealthReport, untold: readonly string[]): ExitCode {
  const exitCode = healthExitCode(verdict);
  return exitCode === ExitCode.ok && untold.length > 0 ? ExitCode.couldNotVerify : exitCode;
}

/** A line a check, then what to do, in the same order. Other formats of a report stand beside this one. */
function describeHealth({ results, verdict, done }: HealthReport): string {
  const rows = results.map(({ status, severity, check, evidence }) => [
    severity === 'none' ? status : `${status} (${severity})`,
    check,
    evidence.join('; '),
  ]);
  const remedies = results.flatMap(({ check, hint, commands }) =>
    hint === null ? [] : [`HINT (${check}): ${hint}`, ...commands.map((line) => `    ${line}`)],
  );
  return [table(['STATUS', 'CHECK', 'FOUND'], rows), ...remedies, ...done, `verdict: ${verdict}`].join('\n');
}
