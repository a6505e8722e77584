import { type Command, Option } from 'commander';
import { ID_PATTERN } from '../core/ids.ts';
import { BASELINE_KINDS, type BaselineKind } from '../manifest/baseline-kind.ts';
import { showBackup } from '../manifest/catalogue.ts';
import { AFTERS, TIME_BASES } from '../recovery/plan/leave-out.ts';
import type { Plan } from '../recovery/plan/plan.ts';
import { PROCEDURES, type Procedure } from '../recovery/plan/procedures.ts';
import type { RecoveryInput } from '../recovery/plan/request.ts';
import { ApprovalDeniedError } from '../recovery/recovery-errors.ts';
import { noSuchRecovery } from '../recovery/status/read-status.ts';
import { readSettings } from '../settings/settings.ts';
import type { Vault } from '../vault/vault.ts';
import { confirm } from './confirm.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { parseSkip, parseUntilOffsets } from './leave-out-flags.ts';
import { describePlan } from './plan-view.ts';
import { recoveryAnswer } from './recovery-answer.ts';
import { ALL_SETTINGS, addSettingOptions } from './setting-options.ts';

export interface RecoverFlags {
  readonly procedure?: Procedure;
  readonly backup?: string;
  readonly zone?: string;
  readonly from?: BaselineKind;
  readonly dryRun?: true;
  readonly approve?: string;
  readonly yes?: true;
  readonly force?: true;
  readonly fullDigest?: true;
  readonly fresh?: true;
  readonly sinkChangedAt?: readonly string[];
  readonly acceptHole?: string;
  readonly until?: string;
  readonly by?: (typeof TIME_BASES)[number];
  readonly untilOffsets?: string;
  readonly skip?: readonly string[];
  readonly then?: (typeof AFTERS)[number];
  readonly undo?: string | true;
  readonly redo?: string | true;
}

/** Mean nothing to an undo, nor to a redo. */
const OF_A_PROCEDURE = [
  'procedure',
  'backup',
  'zone',
  'from',
  'force',
  'fullDigest',
  'fresh',
  'sinkChangedAt',
  'acceptHole',
  'until',
  'by',
  'untilOffsets',
  'skip',
  'then',
] as const;

/** `msr recover`: assesses, plans, asks, recovers, proves, cuts over. */
export function addRecoverCommand(program: Command, run: Run): void {
  const command = program
    .command('recover')
    .description(
      'recover the database beside the live one, prove it, and give it the live name; an unfinished recovery is continued',
    )
    .addOption(
      new Option(
        '--procedure <name>',
        'how (default: what mends what is broken, with the least loss, then the least time)',
      ).choices([...PROCEDURES]),
    )
    .option('--backup <id>', 'from this backup (default: the newest that can be used)')
    .addOption(
      new Option(
        '--from <baseline>',
        'what of the backup to begin with (default: the dump where there is one)',
      ).choices([...BASELINE_KINDS]),
    )
    .option('--zone <name>', 'begin with a dump of the database of this zone (MSR_ZONES)')
    .option('--dry-run', 'only assess and plan')
    .option('--approve <hash>', 'approve the plan of this hash, and no other')
    .option('--yes', 'approve whatever the plan is')
    .option('--force', 'although the live database is healthy')
    .option(
      '--full-digest',
      'compare all events of the live database with backup and Kafka before the plan, however long that takes',
    )
    .option('--accept-hole <hash>', 'lose the records of this hole in the log, as the plan shows it')
    .option('--fresh', 'begin anew although an unfinished recovery could be continued')
    .option(
      '--sink-changed-at <time...>',
      "when the sink's configuration was changed since the backup: records before it are read as it was then. A time for each change of which health runs do not tell when",
    )
    .option('--until <time>', 'point in time: leave out what comes from this moment on, up to the cutover')
    .addOption(
      new Option(
        '--by <time>',
        "which time of a record counts: the event's or Kafka's (default: event-time)",
      ).choices([...TIME_BASES]),
    )
    .option('--until-offsets <list>', 'the moment as offsets: <topic>-<partition>:<first that is left out>,…')
    .option(
      '--skip <conditions>',
      'leave out what meets all of: table=<name>,entity=<id>,operation=<c|u|d|r>,<from>..<to>,offsets=<topic>-<partition>:<from>..<to>; more than one --skip: what meets one of them',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .addOption(
      new Option(
        '--then <what>',
        'after --until: stop, or continue with all that no --skip names (default: stop)',
      ).choices([...AFTERS]),
    )
    .addOption(
      new Option(
        '--undo [recovery]',
        'go back to the database that a recovery replaced (default: the latest)',
      ).conflicts([...OF_A_PROCEDURE, 'redo']),
    )
    .addOption(
      new Option('--redo [recovery]', 'take an undo back (default: the latest)').conflicts([
        ...OF_A_PROCEDURE,
      ]),
    )
    .action((flags: RecoverFlags, self: Command) =>
      run(self, (invocation) => recoverCommand(invocation, flags)),
    );
  addSettingOptions(command, ALL_SETTINGS);
}

async function recoverCommand(invocation: Invocation, flags: RecoverFlags): Promise<Answer> {
  const { env, given, progress, signal } = invocation;
  // Before anything is started: what is missing or wrong here is told in this command's own words.
  readSettings(env);
  await refuseUnknown(invocation.vault(), flags);
  const { runRecovery } = await import('../runner/run-recovery.ts');
  const outcome = await runRecovery({
    input: recoveryInput(flags),
    env: given,
    vault: invocation.vault(),
    progress,
    signal,
    approve: (plan) => approve(invocation, flags, plan),
  });
  return recoveryAnswer(outcome);
}

/**
 * An id that names nothing. The plan looks again; here it is told before anything is started.
 * @throws BackupNotFoundError, RecoveryNotFoundError
 */
async function refuseUnknown(vault: Vault, { backup, undo, redo }: RecoverFlags): Promise<void> {
  if (backup !== undefined) await showBackup(vault, backup);
  // An id that the vault has lost may still be that of a database: the plan asks the server.
  const recovery = [undo, redo].find((id) => typeof id === 'string' && !ID_PATTERN.test(id));
  if (typeof recovery === 'string') throw noSuchRecovery(vault, recovery);
}

/** The state machine's input for what was asked on the command line. */
export function recoveryInput(flags: RecoverFlags): RecoveryInput {
  return {
    ...(flags.procedure === undefined ? {} : { procedure: flags.procedure }),
    ...(flags.zone === undefined ? {} : { zone: flags.zone }),
    ...(flags.acceptHole === undefined ? {} : { acceptHole: flags.acceptHole }),
    ...(flags.backup === undefined ? {} : { backupId: flags.backup }),
    ...(flags.from === undefined ? {} : { baseline: flags.from }),
    ...(flags.dryRun === undefined ? {} : { dryRun: flags.dryRun }),
    ...(flags.force === undefined ? {} : { force: flags.force }),
    ...(flags.fullDigest === undefined ? {} : { fullDigest: flags.fullDigest }),
    ...(flags.fresh === undefined ? {} : { fresh: flags.fresh }),
    ...(flags.sinkChangedAt === undefined ? {} : { sinkChangedAt: [...flags.sinkChangedAt] }),
    ...leaveOutInput(flags),
    ...(flags.undo === undefined ? {} : { undo: flags.undo }),
    ...(flags.redo === undefined ? {} : { redo: flags.redo }),
    ...(flags.approve === undefined ? {} : { approvedPlanHash: flags.approve }),
  };
}

function leaveOutInput({ until, by, untilOffsets, skip, then }: RecoverFlags): RecoveryInput {
  return {
    ...(until === undefined ? {} : { until }),
    ...(by === undefined ? {} : { by }),
    ...(untilOffsets === undefined ? {} : { untilOffsets: parseUntilOffsets(untilOffsets) }),
    ...(skip === undefined ? {} : { skip: skip.map(parseSkip) }),
    ...(then === undefined ? {} : { then }),
  };
}

/**
 * The plan is shown in every case: whoever says yes has seen it.
 * @throws ApprovalDeniedError where nobody can be asked, or another plan was approved: the
 *   world has changed since
 */
export async function approve(
  invocation: Pick<Invocation, 'ask' | 'progress' | 'signal'>,
  flags: Pick<RecoverFlags, 'yes' | 'approve'>,
  plan: Plan,
): Promise<boolean> {
  invocation.progress.note(describePlan(plan));
  if (flags.yes === true) return true;
  if (flags.approve !== undefined) {
    throw new ApprovalDeniedError(`the plan is ${plan.hash} now; ${flags.approve} was approved`);
  }
  if (invocation.ask === undefined) {
    throw new ApprovalDeniedError(
      `nobody is here to approve the plan ${plan.hash}; \`msr recover --approve ${plan.hash}\` approves it`,
    );
  }
  return await confirm(invocation, 'Carry this plan out?');
}
