import type { Command } from 'commander';
import type { MsrApiEndpoint } from '../clients/msr-api.ts';
import { describeServer } from '../clients/postgres.ts';
import { showBackup } from '../manifest/catalogue.ts';
import { readServiceSettings } from '../settings/settings.ts';
import type { ApiTest } from '../validation/api/test-api.ts';
import { type ValidationCheck, type Verdict, verdictExitCode, verdictOf } from '../validation/report.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { API_SETTINGS, addSettingOptions, DATABASE_SETTINGS, VAULT_SETTINGS } from './setting-options.ts';
import { table } from './tables.ts';

interface ValidateFlags {
  readonly backup?: string;
  readonly api: boolean;
}

/** `msr validate`: is the database a whole MSR, and does the MSR API serve it? */
export function addValidateCommand(program: Command, run: Run): void {
  const command = program
    .command('validate')
    .description(
      'check that the live database is a whole MSR, also where a recovery has moved it, and that the MSR API serves it; writes but a session of MSR, which it deletes',
    )
    .option('--backup <id>', 'also compare the background jobs with those of this backup')
    .option('--no-api', 'only read the database: the MSR API is left out')
    .action((options: ValidateFlags, self: Command) =>
      run(self, (invocation) => validateCommand(invocation, options)),
    );
  addSettingOptions(command, [...VAULT_SETTINGS, ...DATABASE_SETTINGS, ...API_SETTINGS]);
}

async function validateCommand(invocation: Invocation, { backup, api }: ValidateFlags): Promise<Answer> {
  const settings = readServiceSettings(invocation.env);
  const { lookWhere } = await import('../validation/look-where.ts');
  const { validateDatabase } = await import('../validation/validate.ts');
  // Only the jobs: events come and go since the backup.
  const expected =
    backup === undefined ? {} : { expected: { jobs: (await showBackup(invocation.vault(), backup)).jobs } };
  const { url, remark } = await lookWhere(settings);
  const whole = await validateDatabase(url, expected);
  const served = api
    ? await testServed(invocation, settings.api, { url, whole: whole.verdict })
    : notTested('left out by --no-api');
  const checks = [...whole.checks, ...served.checks];
  const verdict = verdictOf(checks);
  const database = describeServer(url);
  const remarks = [
    ...(remark === undefined ? [] : [remark]),
    ...(served.wrote === 'nothing' ? [] : [`the test of the MSR API wrote ${served.wrote}`]),
  ];
  const told = `${database}: ${WHOLE[whole.verdict]}; the MSR API ${SERVED[served.verdict]}`;
  return {
    document: { database, remarks, checks, verdict },
    text: [describeChecks(checks), ...remarks, told].join('\n'),
    exitCode: verdictExitCode(verdict),
  };
}

/** A database that is not whole is not written to, not even a session. */
async function testServed(
  { progress, signal }: Invocation,
  api: MsrApiEndpoint | undefined,
  { url, whole }: { readonly url: string; readonly whole: Verdict },
): Promise<ApiTest> {
  if (whole === 'not recovered') return notTested('the database itself is not whole');
  const { testApi } = await import('../validation/api/test-api.ts');
  return await testApi({ api, databaseUrl: url, progress, signal });
}

function notTested(why: string): ApiTest {
  const checks = [{ name: 'MSR API', outcome: 'not run' as const, fact: why }];
  return { checks, verdict: 'could not verify', wrote: 'nothing' };
}

/** A validation's verdict speaks of a recovery; here somebody asks about a database. */
const WHOLE: Readonly<Record<Verdict, string>> = {
  recovered: 'a whole MSR database',
  'not recovered': 'NOT a whole MSR database',
  'could not verify': 'could not be verified',
};
const SERVED: Readonly<Record<Verdict, string>> = {
  recovered: 'serves it',
  'not recovered': 'FAILED its test',
  'could not verify': 'was not tested',
};

/** A line a check, and below the table what to do about each that did not pass. */
function describeChecks(checks: readonly ValidationCheck[]): string {
  const rows = checks.map(({ name, outcome, fact }) => [outcome, name, fact]);
  const hints = checks.flatMap(({ name, hint }) => (hint === undefined ? [] : [`HINT (${name}): ${hint}`]));
  return [table(['OUTCOME', 'CHECK', 'FOUND'], rows), ...hints].join('\n');
}
