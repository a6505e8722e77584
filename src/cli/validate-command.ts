import type { Command } from 'commander';
import { describeServer } from '../clients/postgres.ts';
import { showBackup } from '../manifest/catalogue.ts';
import { readServers } from '../settings/settings.ts';
import { type ValidationReport, verdictExitCode } from '../validation/report.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, DATABASE_SETTINGS, VAULT_SETTINGS } from './setting-options.ts';
import { table } from './tables.ts';

/** `msr validate`: is the database a whole MSR? Only reads. */
export function addValidateCommand(program: Command, run: Run): void {
  const command = program
    .command('validate')
    .description(
      'check that the live database is a whole MSR, also where a recovery has moved it; only reads',
    )
    .option('--backup <id>', 'also compare the background jobs with those of this backup')
    .action((options: { backup?: string }, self: Command) =>
      run(self, (invocation) => validateCommand(invocation, options.backup)),
    );
  addSettingOptions(command, [...VAULT_SETTINGS, ...DATABASE_SETTINGS]);
}

async function validateCommand(invocation: Invocation, backupId: string | undefined): Promise<Answer> {
  const settings = readServers(invocation.env);
  const { lookWhere } = await import('../validation/look-where.ts');
  const { validateDatabase } = await import('../validation/validate.ts');
  // Only the jobs: events come and go since the backup.
  const expected =
    backupId === undefined
      ? {}
      : { expected: { jobs: (await showBackup(invocation.vault(), backupId)).jobs } };
  const { url, remark } = await lookWhere(settings);
  const report = await validateDatabase(url, expected);
  const database = describeServer(url);
  const remarks = remark === undefined ? [] : [remark];
  return {
    document: { database, remarks, ...report },
    text: [describeValidation(report), ...remarks, `${database}: ${VERDICTS[report.verdict]}`].join('\n'),
    exitCode: verdictExitCode(report.verdict),
  };
}

/** A validation's verdict speaks of a recovery; here somebody asks about a database. */
const VERDICTS: Readonly<Record<ValidationReport['verdict'], string>> = {
  recovered: 'a whole MSR database',
  'not recovered': 'NOT a whole MSR database',
  'could not verify': 'could not be verified',
};

/** A line a check, and below the table what to do about each that did not pass. */
function describeValidation({ checks }: ValidationReport): string {
  const rows = checks.map(({ name, outcome, fact }) => [outcome, name, fact]);
  const hints = checks.flatMap(({ name, hint }) => (hint === undefined ? [] : [`HINT (${name}): ${hint}`]));
  return [table(['OUTCOME', 'CHECK', 'FOUND'], rows), ...hints].join('\n');
}
