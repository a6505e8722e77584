import { type Command, InvalidArgumentError, Option } from 'commander';
import { OperatorError } from '../core/operator-error.ts';
import type { DatadogMonitorsOf } from '../monitors/datadog-monitors.ts';
import { DEFAULT_INSTANCE, monitoredInstance, readMonitorSettings } from '../monitors/monitor-settings.ts';
import type { MonitorsOf } from '../monitors/prometheus-rules.ts';
import { InstanceVariable } from '../settings/instance-environment.ts';
import type { Answer, Invocation, Run } from './invocation.ts';

interface MonitorsOptions {
  readonly instance?: string;
  readonly every: number;
  readonly runbookUrl?: string;
}

interface DatadogOptions extends MonitorsOptions {
  readonly notifyPage?: string;
  readonly notifyTicket?: string;
  readonly apply?: boolean;
}

/** `msr monitors`: what another monitor watches, made of the table that CloudWatch's alarms are made of. */
export function addMonitorsCommands(program: Command, run: Run): void {
  const monitors = program
    .command('monitors')
    .description('what other monitors watch of the health runs: rules and monitors, ready to be loaded');
  const prometheus = monitors
    .command('prometheus')
    .description('a rules file for Prometheus (JSON is the same rules, and loads as well)')
    .action((options: MonitorsOptions, self: Command) =>
      run(self, (invocation) => prometheusCommand(monitorsOf(invocation, options))),
    );
  addOptions(prometheus);
  const datadog = monitors
    .command('datadog')
    .description('monitors for Datadog, a JSON array: each is what its API and its import take')
    .option('--notify-page <handles>', 'who is told of a page, as Datadog writes it: @pagerduty-msr')
    .option('--notify-ticket <handles>', 'who is told of a ticket: @slack-msr')
    .option('--apply', 'make them there, or bring them up to date [MSR_DATADOG_API_KEY, MSR_DATADOG_APP_KEY]')
    .action((options: DatadogOptions, self: Command) =>
      run(self, (invocation) => datadogCommand(invocation, monitorsOf(invocation, options), options)),
    );
  addOptions(datadog);
}

function addOptions(command: Command): void {
  command
    .option('--json', 'one JSON document on standard output')
    .option(
      '--instance <name>',
      `the instance, as its health runs name it (default: ${InstanceVariable.name}, or ${DEFAULT_INSTANCE})`,
    )
    .addOption(new Option('--every <minutes>', 'how often `msr health` runs').default(15).argParser(minutes))
    .option('--runbook-url <url>', `where docs/runbook.md can be read [${InstanceVariable.runbookUrl}]`);
}

async function prometheusCommand(of: MonitorsOf): Promise<Answer> {
  const { prometheusRules, rulesFile } = await import('../monitors/prometheus-rules.ts');
  return { document: prometheusRules(of), text: rulesFile(of).trimEnd() };
}

async function datadogCommand(
  invocation: Invocation,
  of: MonitorsOf,
  { notifyPage, notifyTicket, apply }: DatadogOptions,
): Promise<Answer> {
  const notify = {
    ...(notifyPage === undefined ? {} : { page: notifyPage }),
    ...(notifyTicket === undefined ? {} : { ticket: notifyTicket }),
  };
  if (apply === true) return await applyCommand(invocation, { ...of, notify });
  const { datadogMonitors } = await import('../monitors/datadog-monitors.ts');
  const document = datadogMonitors({ ...of, notify });
  return { document, text: JSON.stringify(document, null, 2) };
}

async function applyCommand({ env, signal }: Invocation, of: DatadogMonitorsOf): Promise<Answer> {
  const { datadog } = readMonitorSettings(env);
  if (datadog?.appKey === undefined) {
    throw new OperatorError('MSR_DATADOG_API_KEY or MSR_DATADOG_APP_KEY is not set', {
      hint: 'set both: monitors are made with an application key that may write monitors, beside the API key',
    });
  }
  if (of.notify.page === undefined || of.notify.ticket === undefined) {
    throw new OperatorError('whom the monitors are to notify is not said', {
      hint: "give --notify-page and --notify-ticket, '' for nobody: they replace what the monitors say now",
    });
  }
  const { datadogMonitorsClient } = await import('../clients/datadog/monitors.ts');
  const { applyDatadogMonitors } = await import('../monitors/apply-datadog-monitors.ts');
  const applied = await applyDatadogMonitors(datadogMonitorsClient(datadog, signal), of);
  const { created, updated, left } = applied;
  const lines = [
    `${created.length} monitors made, ${updated.length} brought up to date`,
    ...left.map((name) => `left as it is, and not of this version of msr: ${name}`),
  ];
  return { document: applied, text: lines.join('\n') };
}

function monitorsOf({ env }: Invocation, { instance, every, runbookUrl }: MonitorsOptions): MonitorsOf {
  return {
    instance: instance ?? monitoredInstance(env),
    everyMinutes: every,
    runbookUrl: runbookUrl ?? env[InstanceVariable.runbookUrl],
  };
}

/** As the schedule in AWS: what looks less often is no health run. */
function minutes(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 60) return value;
  throw new InvalidArgumentError('Expected whole minutes, from 1 to 60.');
}
