import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration } from '../core/activity.ts';
import { ExitCode } from '../core/operator-error.ts';
import type { DrillReport } from '../recovery/drill/drill-report.ts';
import { readSettings } from '../settings/settings.ts';
import { VaultPath } from '../vault/vault.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { API_SETTINGS, addSettingOptions, allSettingsBut } from './setting-options.ts';
import { facts, table } from './tables.ts';

interface DrillFlags {
  readonly backup?: string;
  readonly random?: true;
  readonly replaySeconds?: number;
}

/** `msr drill`: a recovery up to its cutover, and not further. */
export function addDrillCommand(program: Command, run: Run): void {
  const command = program
    .command('drill')
    .description(
      'restore a backup on the server of recoveries, replay Kafka, prove it, drop it again: neither sink nor live database are touched',
    )
    .option('--backup <id>', 'this backup (default: the newest)')
    .addOption(new Option('--random', 'any backup, by chance').conflicts('backup'))
    .option('--replay-seconds <n>', 'how long events are replayed (default: 3600)', seconds)
    .action((flags: DrillFlags, self: Command) => run(self, (invocation) => drillCommand(invocation, flags)));
  addSettingOptions(
    command,
    allSettingsBut(
      ...API_SETTINGS,
      'MSR_READERS_SECRET_ID',
      'MSR_ZONES',
      'MSR_STRATEGY',
      'MSR_STRATEGY_OPTIONS',
    ),
  );
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected whole seconds, from 1 on.');
}

async function drillCommand(invocation: Invocation, flags: DrillFlags): Promise<Answer> {
  const { env, progress, signal } = invocation;
  const { backup: id, random, replaySeconds } = flags;
  const backup = id === undefined ? (random === true ? 'random' : 'newest') : { id };
  const { runDrill } = await import('../recovery/drill/run-drill.ts');
  const report = await runDrill(
    { settings: readSettings(env), vault: invocation.vault(), progress, signal },
    { backup, ...(replaySeconds === undefined ? {} : { replaySeconds }) },
  );
  return { document: report, text: describeDrill(report), exitCode: EXIT_CODES[report.verdict] };
}

/** Only a drill that proved all of it is green. */
const EXIT_CODES: Readonly<Record<DrillReport['verdict'], ExitCode>> = {
  passed: ExitCode.ok,
  failed: ExitCode.failed,
  skipped: ExitCode.couldNotVerify,
  'could not verify': ExitCode.couldNotVerify,
};

function describeDrill(report: DrillReport): string {
  const steps = report.steps.map(({ name, seconds: took }) => [name, duration(took * 1000)]);
  const total = report.steps.reduce((sum, { seconds: took }) => sum + took, 0);
  const head = facts([
    ['drill', report.drillId],
    ['backup', report.backupId],
    ...(report.replayed === undefined ? [] : [['replayed', `${report.replayed.records} records`] as const]),
    ['would recover in', `${duration(total * 1000)}, and the seconds of a cutover`],
    ['report', `${VaultPath.drillPage(report.drillId)}, and report.json beside it`],
    ...(report.failure === undefined ? [] : [['failed', report.failure.message] as const]),
    ['verdict', report.verdict.toUpperCase()],
  ]);
  const taken = steps.length === 0 ? [] : [table(['STEP', 'TOOK'], steps, ['left', 'right'])];
  return [...taken, report.remarks.map((remark) => `- ${remark}`).join('\n'), head]
    .filter((part) => part !== '')
    .join('\n\n');
}
