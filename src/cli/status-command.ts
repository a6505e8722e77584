import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { duration } from '../core/activity.ts';
import { OperatorError } from '../core/operator-error.ts';
import { healthExitCode } from '../health/health-report.ts';
import type { StatusDocument } from '../health/status/status-document.ts';
import { readHealthStatus } from '../health/status/write-status.ts';
import type { Vault } from '../vault/vault.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, VAULT_SETTINGS } from './setting-options.ts';
import { table } from './tables.ts';

interface StatusOptions {
  readonly watch?: boolean;
  readonly interval: string;
}

/** `msr status`: what the latest health run found; exit code as that run's. */
export function addStatusCommand(program: Command, run: Run): void {
  const command = program
    .command('status')
    .description('can we recover now? what the latest `msr health` found, as status.html in the vault has it')
    .option('--watch', 'show it again whenever a run has left something new, until interrupted')
    .addOption(new Option('--interval <seconds>', 'between two looks of --watch').default('10'))
    .action((options: StatusOptions, self: Command) =>
      run(self, (invocation) => statusCommand(invocation, options)),
    );
  addSettingOptions(command, VAULT_SETTINGS);
}

async function statusCommand(invocation: Invocation, options: StatusOptions): Promise<Answer> {
  const vault = invocation.vault();
  let status = await latestStatus(vault);
  if (options.watch === true) {
    for (;;) {
      invocation.progress.note(describeStatus(status, Date.now()));
      const next = await nextStatus(vault, status.at, Number(options.interval) * 1000, invocation.signal);
      if (next === undefined) break;
      status = next;
    }
  }
  const text = describeStatus(status, Date.now());
  return { document: status, text, exitCode: healthExitCode(status.verdict) };
}

/** undefined: it was interrupted. */
async function nextStatus(
  vault: Vault,
  shown: string,
  intervalMs: number,
  signal: AbortSignal,
): Promise<StatusDocument | undefined> {
  for (;;) {
    await sleep(Math.max(1000, intervalMs), undefined, { signal }).catch(() => {});
    if (signal.aborted) return undefined;
    const status = await latestStatus(vault);
    if (status.at !== shown) return status;
  }
}

async function latestStatus(vault: Vault): Promise<StatusDocument> {
  const status = await readHealthStatus(vault);
  if (status !== undefined) return status;
  throw new OperatorError(`no health run has left its status in ${vault.url}`, {
    hint: 'run `msr health`, by cron every 15 minutes; in AWS its schedule does so',
  });
}

/** A status that nobody renews says nothing of now. */
const OLD_MS = 2 * 3_600_000;

function describeStatus(status: StatusDocument, now: number): string {
  const { outlook, at, results, backups, drills, verdict, done, quiet } = status;
  const age = Math.max(0, now - Date.parse(at));
  const told = age > OLD_MS ? `as of ${at}, ${duration(age)} ago: nobody looks any more` : `as of ${at}`;
  const bad = results.filter(({ status: found }) => found !== 'ok' && found !== 'not checked');
  const rows = bad.map(({ status: found, severity, check, evidence }) => [
    severity === 'none' ? found : `${found} (${severity})`,
    check,
    evidence.join('; '),
  ]);
  const remedies = bad.flatMap(({ check, hint }) => (hint === null ? [] : [`HINT (${check}): ${hint}`]));
  const [newest] = backups;
  const [last] = drills;
  return [
    outlook.text,
    told,
    ...(quiet === null ? [] : [`some pages are held back until ${quiet.until} at the longest: ${quiet.why}`]),
    ...(rows.length === 0 ? [] : [table(['STATUS', 'CHECK', 'FOUND'], rows)]),
    ...remedies,
    ...done,
    `${results.length - bad.length} of ${results.length} checks are well`,
    newest === undefined
      ? 'no backup'
      : `newest backup: ${newest.id}, ${newest.state}; ${backups.length} in all`,
    last === undefined ? 'no recovery and no drill yet' : `last ${last.kind}: ${last.id}, ${last.verdict}`,
    `verdict: ${verdict}`,
  ].join('\n');
}
