import type { Command } from 'commander';
import { ExitCode } from '../core/operator-error.ts';
import { listBackups, readDamageOf, showBackup } from '../manifest/catalogue.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Rehearsal } from '../manifest/rehearsal.ts';
import { readVerification, type VerificationReport } from '../manifest/verification.ts';
import { readBackupPause } from '../settings/backup-pause.ts';
import { readSettings, readVaultSettings } from '../settings/settings.ts';
import { backupDocument, backupTable, describeManifest } from './backup-views.ts';
import { addImportCommand } from './import-command.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addPruneCommand } from './prune-command.ts';
import { addRestoreVolumesCommand } from './restore-volumes-command.ts';
import { API_SETTINGS, addSettingOptions, allSettingsBut, VAULT_SETTINGS } from './setting-options.ts';
import { addVerifyCommand, exitCodeOf, isTargetNamed, keepFindings, rehearse } from './verify-command.ts';

/** `msr backup`: takes one. */
export function addBackupCommand(program: Command, run: Run): void {
  const command = program
    .command('backup')
    .description('take a backup: an exact cut of database and Kafka, with the sink paused for seconds')
    .option('--ignore-maintenance', 'begin although the nightly maintenance is near')
    .option('--no-pause', 'let the sink run: the cut is inexact, and a recovery drops the overlap by content')
    .option('--no-rehearsal', 'do not rehearse its recovery on the server of MSR_TARGET_DATABASE_URL')
    .action((options: BackupOptions, self: Command) =>
      run(self, (invocation) => backupCommand(invocation, options)),
    );
  // What follows a recovery's cutover is none of its business.
  addSettingOptions(
    command,
    allSettingsBut(...API_SETTINGS, 'MSR_READERS_SECRET_ID', 'MSR_CONNECTOR_SECRETS', 'MSR_REPLAY_THREADS'),
  );
}

interface BackupOptions {
  readonly ignoreMaintenance?: true;
  readonly pause: boolean;
  readonly rehearsal: boolean;
}

/**
 * `msr backup`: 0 where it is taken, 1 where its rehearsal failed, 2 where the server of recoveries is
 * named and could not be tried. The lock is free by the time of the rehearsal, and the sink runs.
 */
async function backupCommand(invocation: Invocation, options: BackupOptions): Promise<Answer> {
  const { env, progress, signal } = invocation;
  const settings = readSettings(env);
  const vault = invocation.vault();
  const { takeBackup } = await import('../backup/take-backup.ts');
  const noPause = !options.pause || !readBackupPause(env);
  const ignoreMaintenance = options.ignoreMaintenance === true;
  const manifest = await takeBackup({
    settings,
    vault,
    progress,
    signal,
    ignoreMaintenance,
    noPause,
  });
  if (!options.rehearsal) return { document: manifest, text: describeManifest(manifest) };
  const named = isTargetNamed(invocation);
  const rehearsal = named ? await rehearseTaken(invocation, manifest) : NOBODY_TO_ASK;
  return {
    document: { ...manifest, rehearsal },
    text: describeManifest(manifest, rehearsal),
    exitCode: named ? exitCodeOf('verified', rehearsal.outcome) : ExitCode.ok,
  };
}

/** Nothing is known of a server that nobody named: a recovery would use that of the live database. */
const NOBODY_TO_ASK = {
  outcome: 'could not verify',
  remarks: ['MSR_TARGET_DATABASE_URL names no server of recoveries'],
} as const;

/** Every artifact was read to its end before the manifest was written: that is its verification. */
async function rehearseTaken(
  invocation: Invocation,
  { id, artifacts, durations }: Manifest,
): Promise<Rehearsal> {
  const rehearsal = await rehearse(invocation, id, readVaultSettings(invocation.env).pgBin);
  if (artifacts.length === 0) return rehearsal;
  const report: VerificationReport = {
    ...{ backupId: id, verdict: 'verified' },
    artifacts: artifacts.map(({ path, bytes }) => ({
      ...{ path, bytes, outcome: 'intact', fact: 'read to its end as it was taken' },
    })),
  };
  await keepFindings(invocation, report, { seconds: durations.verifySeconds, rehearsal });
  return rehearsal;
}

/** `msr backups …`: what is in the vault. */
export function addBackupCommands(program: Command, run: Run): void {
  const backups = program.command('backups').description('see and check the backups in the vault');
  backups.helpCommand(false);
  const list = backups
    .command('list')
    .description('all backups, newest first')
    .option('--all', 'aborted and running ones too')
    .action((options: { all?: true }, command: Command) =>
      run(command, (invocation) => listCommand(invocation, options.all === true)),
    );
  const show = backups
    .command('show')
    .argument('<id>', 'as `msr backups list` shows it')
    .description('what a backup holds, and the cut it was taken at')
    .action((id: string, _options: unknown, command: Command) =>
      run(command, (invocation) => showCommand(invocation, id)),
    );
  for (const command of [list, show]) addSettingOptions(command, VAULT_SETTINGS);
  addImportCommand(backups, run);
  addVerifyCommand(backups, run);
  addPruneCommand(backups, run);
  addRestoreVolumesCommand(backups, run);
}

/** `msr backups list [--all]` */
async function listCommand(invocation: Invocation, all: boolean): Promise<Answer> {
  const vault = invocation.vault();
  const entries = await listBackups(vault);
  const shown = all ? entries : entries.filter(({ state }) => state !== 'incomplete');
  const hidden = entries.length - shown.length;
  const rest = hidden === 0 ? [] : [`${hidden} without a manifest (running, or aborted): --all shows them`];
  const damage = await readDamageOf(vault, entries);
  const faults = new Map(
    [...damage]
      .filter(([, parts]) => parts.length > 0)
      .map(([id, parts]) => [id, parts.map(({ path, fact }) => `${path}: ${fact}`).join('; ')]),
  );
  const body =
    shown.length === 0
      ? `no backup in ${vault.url}; check MSR_VAULT_URL, or take one with \`msr backup\``
      : backupTable(shown, faults);
  return { document: { backups: shown.map(backupDocument) }, text: [body, ...rest].join('\n') };
}

/** `msr backups show <id>` */
async function showCommand(invocation: Invocation, id: string): Promise<Answer> {
  const vault = invocation.vault();
  const manifest = await showBackup(vault, id);
  const verification = await readVerification(vault, id);
  const rehearsal = verification?.rehearsal;
  return {
    document: rehearsal === undefined ? manifest : { ...manifest, rehearsal },
    text: describeManifest(manifest, rehearsal),
  };
}
