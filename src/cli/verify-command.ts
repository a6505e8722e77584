import type { Command } from 'commander';
import { volumeExaminer } from '../baselines/configured-volumes.ts';
import { verifyBackup } from '../baselines/verify-backup.ts';
import { readWholeDump } from '../clients/dump-fault.ts';
import { describeError, ExitCode, OperatorError } from '../core/operator-error.ts';
import { listBackups, showBackup } from '../manifest/catalogue.ts';
import { dueToRead, longestUnread } from '../manifest/reading-pace.ts';
import { type ReadBackup, readReadings } from '../manifest/readings.ts';
import type { Rehearsal } from '../manifest/rehearsal.ts';
import { type VerificationReport, writeRehearsal, writeVerification } from '../manifest/verification.ts';
import { readServers, readStrategySettings, readVaultSettings } from '../settings/settings.ts';
import { describeVerification } from './backup-views.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, DATABASE_SETTINGS, VAULT_SETTINGS } from './setting-options.ts';

interface VerifyFlags {
  readonly rehearsal: boolean;
  readonly oldest?: boolean;
}

/** `msr backups verify` */
export function addVerifyCommand(backups: Command, run: Run): void {
  const verify = backups
    .command('verify')
    .argument('[id]', 'as `msr backups list` shows it')
    .description(
      'read ALL of a backup: against size and SHA-256, and the dump as a restore would; where MSR_TARGET_DATABASE_URL is set, rehearse a recovery of it',
    )
    .option('--no-rehearsal', 'only read it')
    .option(
      '--oldest',
      'instead of an id: those that were read the longest ago, one or as many as a daily run must read for each to be read within 30 days',
    )
    .action((id: string | undefined, { rehearsal: wanted, oldest }: VerifyFlags, command: Command) =>
      run(command, async (invocation) => {
        if (id !== undefined && oldest !== true) return await verifyOne(invocation, id, wanted);
        if (id === undefined && oldest === true) return await verifyOldest(invocation, wanted);
        throw new OperatorError(id === undefined ? 'no backup is named' : 'an id and --oldest are given', {
          hint: 'give the id of one backup, or --oldest for those that were read the longest ago',
        });
      }),
    );
  addSettingOptions(verify, [
    ...VAULT_SETTINGS,
    ...(['MSR_PG_BIN', 'MSR_STRATEGY', 'MSR_STRATEGY_OPTIONS'] as const),
    ...DATABASE_SETTINGS,
  ]);
}

/** One after another; one that cannot be read keeps none of the others from being read. */
async function verifyOldest(invocation: Invocation, wanted: boolean): Promise<Answer> {
  const chosen = await chooseOldest(invocation);
  const answers: Answer[] = [];
  for (const { id } of chosen) answers.push(await verifyOrTell(invocation, id, wanted));
  const codes = answers.map(({ exitCode = ExitCode.ok }) => exitCode);
  return {
    document: { verifications: answers.map(({ document }) => document) },
    text: answers.map(({ text }) => text).join('\n\n'),
    exitCode: codes.find((code) => code === ExitCode.failed) ?? codes.find((code) => code > 0) ?? ExitCode.ok,
  };
}

/** @throws OperatorError where there is no backup */
async function chooseOldest(invocation: Invocation): Promise<readonly ReadBackup[]> {
  const vault = invocation.vault();
  const readings = await readReadings(vault, await listBackups(vault));
  const oldest = longestUnread(readings);
  if (oldest === undefined) {
    throw new OperatorError(`there is no complete backup in ${vault.url}`, {
      hint: 'take one with `msr backup`',
    });
  }
  const due = dueToRead(readings, new Date());
  return due.length === 0 ? [oldest] : due;
}

async function verifyOrTell(invocation: Invocation, id: string, wanted: boolean): Promise<Answer> {
  try {
    return await verifyOne(invocation, id, wanted);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const text = describeError(error);
    return { document: { backupId: id, error: text }, text, exitCode: error.exitCode };
  }
}

export const isTargetNamed = ({ env }: Invocation): boolean => env['MSR_TARGET_DATABASE_URL'] !== undefined;

/**
 * One backup: 0 verified, 1 damaged or not to be restored, 2 could not verify. It is
 * rehearsed where the server of recoveries is named.
 */
async function verifyOne(invocation: Invocation, id: string, wanted: boolean): Promise<Answer> {
  const { pgBin } = readVaultSettings(invocation.env);
  const { progress, signal } = invocation;
  const vault = invocation.vault();
  const started = performance.now();
  const report = await verifyBackup(vault, id, {
    readDump: (content) => readWholeDump(content, { pgBin, signal }),
    examineVolumes: (volumes) => volumeExaminer(readStrategySettings(invocation.env))(volumes),
    progress,
    signal,
  });
  const seconds = (performance.now() - started) / 1000;
  const asked = wanted && report.verdict === 'verified' && isTargetNamed(invocation);
  const rehearsal = asked ? await rehearse(invocation, id, pgBin) : undefined;
  await keepFindings(invocation, report, { seconds, rehearsal });
  return {
    document: rehearsal === undefined ? report : { ...report, rehearsal },
    text: describeVerification(report, rehearsal),
    exitCode: exitCodeOf(report.verdict, rehearsal?.outcome),
  };
}

/** Whoever may only read the vault can verify all the same. */
export async function keepFindings(
  invocation: Invocation,
  report: VerificationReport,
  { seconds, rehearsal }: { readonly seconds: number; readonly rehearsal: Rehearsal | undefined },
): Promise<void> {
  try {
    const vault = invocation.vault();
    await writeVerification(vault, report, { seconds });
    if (rehearsal !== undefined) await writeRehearsal(vault, report.backupId, rehearsal);
  } catch (error) {
    invocation.progress.note(`what was found is not kept for retention: ${describeError(error)}`);
  }
}

export async function rehearse(
  { env, progress, signal, vault }: Invocation,
  id: string,
  pgBin: string | undefined,
): Promise<Rehearsal> {
  const settings = { ...readServers(env), pgBin };
  const { rehearse: run } = await import('../recovery/rehearsal/rehearse.ts');
  return await run({ settings, vault: vault(), progress, signal }, await showBackup(vault(), id));
}

export function exitCodeOf(
  verdict: VerificationReport['verdict'],
  rehearsal: Rehearsal['outcome'] | undefined,
): ExitCode {
  if (verdict === 'damaged' || rehearsal === 'failed') return ExitCode.failed;
  return rehearsal === 'could not verify' ? ExitCode.couldNotVerify : ExitCode.ok;
}
