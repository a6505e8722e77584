import { type Command, Option } from 'commander';
import { CHECK_NAMES, type CheckName } from '../health/checks.ts';
import { type HealthReport, healthExitCode } from '../health/health-report.ts';
import { InstanceVariable } from '../settings/instance-environment.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, allSettingsBut } from './setting-options.ts';
import { table } from './tables.ts';

interface HealthOptions {
  readonly only?: readonly CheckName[];
}

/**
 * `msr health`: the check run of on-call, for cron; exit code 0 healthy, 1 not healthy, 2 could not verify.
 */
export function addHealthCommand(program: Command, run: Run): void {
  const only = new Option('--only <check...>', 'these checks alone').choices(CHECK_NAMES);
  const command = program
    .command('health')
    .description('run the health checks, record what they saw, and say what on-call must hear of')
    .addOption(only)
    .action((options: HealthOptions, self: Command) =>
      run(self, (invocation) => healthCommand(invocation, options)),
    );
  addSettingOptions(command, allSettingsBut('MSR_READERS_SECRET_ID', 'MSR_STRATEGY_OPTIONS', 'MSR_PG_BIN'));
}

async function healthCommand(invocation: Invocation, { only }: HealthOptions): Promise<Answer> {
  const { runHealth } = await import('../health/run-health.ts');
  const report = await runHealth({
    env: invocation.env,
    vault: invocation.vault(),
    now: new Date(),
    signal: invocation.signal,
    instance: invocation.env[InstanceVariable.name] ?? null,
    runsHere: true,
    ...(only === undefined ? {} : { only }),
  });
  return { document: report, text: describeHealth(report), exitCode: healthExitCode(report.verdict) };
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
