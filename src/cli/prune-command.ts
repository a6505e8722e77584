import { type Command, Option } from 'commander';
import { volumeRemover } from '../baselines/configured-volumes.ts';
import { readSettingsOfDatabases } from '../retention/database-access.ts';
import { type PruneReport, planPrune, prune } from '../retention/prune.ts';
import { type RetentionVariable, readRetentionSettings } from '../retention/retention-settings.ts';
import { DEFAULT_TIERS, type RetentionTiers } from '../retention/tiers.ts';
import { readStrategySettings } from '../settings/settings.ts';
import { confirm } from './confirm.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, DATABASE_SETTINGS, VAULT_SETTINGS } from './setting-options.ts';
import { table } from './tables.ts';

/** The databases say what is in use; the strategy deletes what lies outside the vault. */
const OTHER_SETTINGS = [...DATABASE_SETTINGS, ...(['MSR_STRATEGY', 'MSR_STRATEGY_OPTIONS'] as const)];

interface PruneOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
}

/** `msr backups prune`: deletes what the tiers do not keep. */
export function addPruneCommand(backups: Command, run: Run): void {
  const keep = (tier: keyof RetentionTiers, variable: RetentionVariable) =>
    new Option(
      `--keep-${tier} <n>`,
      `how many ${tier} backups are kept (default: ${DEFAULT_TIERS[tier]}) [${variable}]`,
    );
  const command = backups
    .command('prune')
    .description('let go of old backups by daily, weekly and monthly tiers; never of the last good one')
    .option('--dry-run', 'only say what would be deleted, and why the others stay')
    .option('--yes', 'do not ask')
    .addOption(keep('daily', 'MSR_KEEP_DAILY'))
    .addOption(keep('weekly', 'MSR_KEEP_WEEKLY'))
    .addOption(keep('monthly', 'MSR_KEEP_MONTHLY'))
    .action((options: PruneOptions, self: Command) =>
      run(self, (invocation) => pruneCommand(invocation, options)),
    );
  addSettingOptions(command, [...VAULT_SETTINGS, ...OTHER_SETTINGS]);
}

async function pruneCommand(invocation: Invocation, options: PruneOptions): Promise<Answer> {
  const env = {
    ...invocation.env,
    ...(options.keepDaily === undefined ? {} : { MSR_KEEP_DAILY: options.keepDaily }),
    ...(options.keepWeekly === undefined ? {} : { MSR_KEEP_WEEKLY: options.keepWeekly }),
    ...(options.keepMonthly === undefined ? {} : { MSR_KEEP_MONTHLY: options.keepMonthly }),
  };
  const retention = readRetentionSettings(env);
  const access = readSettingsOfDatabases(env);
  const vault = invocation.vault();
  const removeVolumes = volumeRemover(readStrategySettings(env));
  const ctx = { vault, retention, access, removeVolumes, progress: invocation.progress, now: new Date() };
  const plan = await planPrune(ctx);
  const expired = expiredOf(plan);
  if (options.dryRun === true || expired.size === 0) return answer(plan, `${expired.size} would be let go`);
  invocation.progress.note(decisionTable(plan));
  if (options.yes !== true && !(await confirm(invocation, `Let go of ${expired.size} backups?`))) {
    return answer(plan, 'nothing was done: not confirmed (--yes does not ask)');
  }
  const report = await prune({ ...ctx, confirmed: expired });
  const stayed = new Set(report.stayed.map(({ id }) => id));
  const gone = [...expiredOf(report)].filter((id) => expired.has(id) && !stayed.has(id)).length;
  return answer(
    report,
    report.done === 'tagged'
      ? `${gone} tagged as expired: the bucket's lifecycle hides them, and deletes them once their lock has ended`
      : `${gone} deleted`,
  );
}

function expiredOf({ decisions }: PruneReport): ReadonlySet<string> {
  return new Set(decisions.filter(({ verdict }) => verdict === 'expire').map(({ id }) => id));
}

function answer(report: PruneReport, text: string): Answer {
  const stayed = report.stayed.map(
    ({ id, left }) => `${id} stays until this can be deleted: ${left.join('; ')}`,
  );
  return { document: report, text: [decisionTable(report), text, ...stayed].join('\n') };
}

function decisionTable({ decisions }: PruneReport): string {
  const rows = decisions.map(({ id, verdict, reasons }) => [verdict, id, reasons.join('; ')]);
  return table(['VERDICT', 'BACKUP', 'REASONS'], rows);
}
