import { readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { count } from '../core/activity.ts';
import { ExitCode, messageOf, OperatorError } from '../core/operator-error.ts';
import { reportRetries } from '../recovery/end/after-retries.ts';
import { verdictText } from '../recovery/end/verdict.ts';
import { isRepair } from '../recovery/plan/procedures.ts';
import { recoveriesWith } from '../recovery/plan/recoveries.ts';
import { refuseWhileLocked } from '../recovery/plan/refuse-while-locked.ts';
import { readQuarantineIndex } from '../recovery/quarantine/quarantine-index.ts';
import { readSetAside } from '../recovery/quarantine/read-quarantine.ts';
import { parseRecordName, type RecordAddress } from '../recovery/quarantine/record-name.ts';
import { requireLive } from '../recovery/quarantine/require-live.ts';
import { readRetries } from '../recovery/quarantine/retries.ts';
import { SET_ASIDE_KINDS, type SetAsideKind } from '../recovery/quarantine/set-aside-reason.ts';
import type { SetAsideRecord } from '../recovery/quarantine/set-aside-record.ts';
import { noSuchRecovery } from '../recovery/status/read-status.ts';
import { readConnectSettings, readServers } from '../settings/settings.ts';
import { withLock } from '../vault/lock.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import type { Vault } from '../vault/vault.ts';
import { agreed } from './confirm.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import {
  describeRecord,
  describeRetryPlan,
  describeRetryResult,
  reasonTable,
  recordDocument,
  recordTable,
} from './quarantine-views.ts';
import { addSettingOptions, CONNECT_SETTINGS, DATABASE_SETTINGS, VAULT_SETTINGS } from './setting-options.ts';
import { table } from './tables.ts';

interface ListFlags {
  readonly limit: number;
}

interface RetryFlags {
  readonly all?: true;
  readonly kind?: SetAsideKind;
  readonly with?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** `msr quarantine …`: what replays could not or should not write, and its way into the table after all. */
export function addQuarantineCommands(program: Command, run: Run): void {
  const commands = program
    .command('quarantine')
    .description('records that recoveries have set aside: list, look at, and write them after all')
    .helpCommand(false);
  const list = commands
    .command('list')
    .argument('[recovery]', 'as `msr recoveries list` shows it (default: every recovery, with its number)')
    .description('what is set aside, and why')
    .option('--limit <records>', 'how many records to list', wholeNumber, 20)
    .action((id: string | undefined, flags: ListFlags, self: Command) =>
      run(self, (invocation) => (id === undefined ? listAll(invocation) : listOne(invocation, id, flags))),
    );
  const show = commands
    .command('show')
    .argument('<recovery>', 'as `msr recoveries list` shows it')
    .argument('<record>', 'as `msr quarantine list <recovery>` shows it: topic-partition@offset')
    .description('one record: where it lay, why it is in no table, its bytes')
    .option('--out <file>', 'write its value as it is into a new file, to repair it')
    .action((id: string, record: string, flags: { out?: string }, self: Command) =>
      run(self, (invocation) => showCommand(invocation, id, { record, ...flags })),
    );
  for (const command of [list, show]) addSettingOptions(command, VAULT_SETTINGS);
  addRetryCommand(commands, run);
}

function addRetryCommand(commands: Command, run: Run): void {
  const retry = commands
    .command('retry')
    .argument('<recovery>', 'as `msr recoveries list` shows it')
    .argument('[records...]', 'topic-partition@offset, each')
    .description(
      "read records again as today's sink does, and write their rows into the live database; asks first",
    )
    .option('--all', 'all that are set aside')
    .addOption(new Option('--kind <kind>', 'all of this kind').choices([...SET_ASIDE_KINDS]))
    .option('--with <file>', 'in the place of the value of the one record that is named')
    .option('--dry-run', 'only say what would be written')
    .option('--yes', 'do not ask')
    .action((id: string, records: string[], flags: RetryFlags, self: Command) =>
      run(self, (invocation) => retryCommand(invocation, id, records, flags)),
    );
  addSettingOptions(retry, [...VAULT_SETTINGS, ...DATABASE_SETTINGS, ...CONNECT_SETTINGS]);
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
}

/** Newest first; those that have set nothing aside are left out. */
async function listAll(invocation: Invocation): Promise<Answer> {
  const vault = invocation.vault();
  const recoveries = [];
  for (const recoveryId of await recoveriesWith(vault, 'quarantine')) {
    const { records } = await readQuarantineIndex(vault, recoveryId);
    if (records === 0) continue;
    recoveries.push({ recoveryId, records, retried: (await readRetries(vault, recoveryId)).records });
  }
  const rows = recoveries.map(({ recoveryId, records, retried }) => [
    recoveryId,
    count(records),
    count(records - retried),
  ]);
  const head = ['RECOVERY', 'SET ASIDE', 'NOT WRITTEN SINCE'];
  return {
    document: { recoveries },
    text:
      rows.length === 0
        ? 'no recovery has set anything aside'
        : table(head, rows, ['left', 'right', 'right']),
  };
}

async function listOne(invocation: Invocation, recoveryId: string, { limit }: ListFlags): Promise<Answer> {
  const vault = invocation.vault();
  const retries = await readRetries(vault, recoveryId);
  const records: SetAsideRecord[] = [];
  for await (const record of await openQuarantine(vault, recoveryId)) {
    // A list may be of millions: their bytes are looked at one by one.
    records.push(records.length < limit ? record : { ...record, value: null, key: null, headers: undefined });
  }
  const shown = records.slice(0, limit);
  const more =
    records.length > shown.length ? [`… and ${count(records.length - shown.length)} more (--limit)`] : [];
  return {
    document: {
      ...{ recoveryId, records: records.length, retried: retries.records },
      shown: shown.map((record) => recordDocument(record, retries, false)),
    },
    text: [
      reasonTable(records),
      '',
      ...(shown.length === 0 ? [] : [recordTable(shown, retries)]),
      ...more,
      '',
      `${count(records.length)} set aside, ${count(retries.records)} of them in the live database since`,
    ].join('\n'),
  };
}

/** @throws RecoveryNotFoundError, OperatorError where it has set nothing aside */
async function openQuarantine(
  vault: Vault,
  recoveryId: string,
  wanted?: readonly RecordAddress[],
): Promise<AsyncGenerator<SetAsideRecord>> {
  const known = await recoveriesWith(vault, 'plan');
  if (!known.includes(recoveryId)) throw noSuchRecovery(vault, recoveryId);
  const index = await readQuarantineIndex(vault, recoveryId);
  if (index.records > 0) return readSetAside(vault, index, wanted);
  throw new OperatorError(`the recovery ${recoveryId} has set nothing aside`, {
    hint: '`msr quarantine list` shows the recoveries that have',
  });
}

async function showCommand(
  invocation: Invocation,
  recoveryId: string,
  { record: name, out }: { readonly record: string; readonly out?: string },
): Promise<Answer> {
  const vault = invocation.vault();
  const address = parseRecordName(name);
  let found: SetAsideRecord | undefined;
  for await (const record of await openQuarantine(vault, recoveryId, [address])) found = record;
  if (found === undefined) {
    throw new OperatorError(`the recovery ${recoveryId} has not set aside ${name}`, {
      hint: `\`msr quarantine list ${recoveryId}\` shows what it has`,
    });
  }
  const written = out === undefined ? [] : [await writeValue(found, out)];
  const retries = await readRetries(vault, recoveryId);
  return {
    document: recordDocument(found, retries, true),
    text: [describeRecord(found, retries), ...written].join('\n\n'),
  };
}

/** Nothing is written over. @throws OperatorError */
async function writeValue({ value }: SetAsideRecord, file: string): Promise<string> {
  if (value === null) {
    throw new OperatorError('the record has no value', { hint: 'there is nothing to write into a file' });
  }
  try {
    await writeFile(file, value, { flag: 'wx' });
  } catch (cause) {
    throw new OperatorError(`${file} cannot be written: ${messageOf(cause)}`, {
      hint: 'name a file that is not there yet',
      cause,
    });
  }
  return `its value lies in ${file}`;
}

async function retryCommand(
  invocation: Invocation,
  recoveryId: string,
  names: readonly string[],
  { all, kind, with: file, dryRun, yes }: RetryFlags,
): Promise<Answer> {
  const vault = invocation.vault();
  const records = names.map(parseRecordName);
  requireChoice({ named: records.length, all: all === true, kind, file });
  await openQuarantine(vault, recoveryId);
  const { procedure } = await requireLive(vault, recoveryId);
  await refuseWhileLocked(vault, undefined);
  const { planRetry, retry } = await import('../recovery/quarantine/retry.ts');
  const settings = { ...readServers(invocation.env), ...readConnectSettings(invocation.env) };
  const ctx = { vault, settings, progress: invocation.progress, signal: invocation.signal };
  const payload = file === undefined ? undefined : await readPayload(file);
  const selection = {
    ...{ recoveryId, inPlace: isRepair(procedure) },
    ...(records.length === 0 ? {} : { records }),
    ...(kind === undefined ? {} : { kind }),
    ...(payload === undefined ? {} : { payload }),
  };
  const plan = await planRetry(ctx, selection);
  const planned = describeRetryPlan(plan);
  if (plan.writable === 0) return retryAnswer({ recoveryId, plan, text: planned });
  const question = `Write ${count(plan.writable)} rows into the live database?`;
  if (dryRun === true || !(await agreed(invocation, { planned, question, yes: yes === true }))) {
    return retryAnswer({
      recoveryId,
      plan,
      text: `${planned}\nnothing was changed; \`--yes\` writes the rows`,
    });
  }
  const lockOptions = { purpose: 'retry' as const, onWatch: tellWatch(invocation.progress) };
  const { written, there, refused, ...result } = await withLock(vault, lockOptions, async (lock) => {
    // Somebody may have undone it while the question stood.
    await requireLive(vault, recoveryId);
    try {
      return await retry(ctx, selection, () => lock.assertHeld());
    } finally {
      await reportRetries(vault, recoveryId);
    }
  });
  const verdict = `recovery ${recoveryId}: ${verdictText(await requireLive(vault, recoveryId))}`;
  const text = [describeRetryResult({ written, there, refused, ...result }), verdict].join('\n');
  return retryAnswer({ recoveryId, plan, text, result: { written, there, refused } });
}

interface RetryAnswer {
  readonly recoveryId: string;
  readonly plan: { readonly writable: number; readonly unwritable: number; readonly retried: number };
  readonly text: string;
  readonly result?: {
    readonly written: number;
    readonly there: number;
    readonly refused: readonly unknown[];
  };
}

/** What stays set aside is not green, whoever is to blame for the record. */
function retryAnswer({ recoveryId, plan, text, result }: RetryAnswer): Answer {
  const { writable, unwritable, retried } = plan;
  const stays = unwritable + (result?.refused.length ?? 0);
  return {
    document: { recoveryId, changed: result !== undefined, writable, unwritable, retried, ...result },
    text,
    exitCode: stays > 0 ? ExitCode.couldNotVerify : ExitCode.ok,
  };
}

/** @throws OperatorError where it is not clear which records are meant */
function requireChoice(choice: {
  readonly named: number;
  readonly all: boolean;
  readonly kind: SetAsideKind | undefined;
  readonly file: string | undefined;
}): void {
  const { named, all, kind, file } = choice;
  const ways = [named > 0, all, kind !== undefined].filter(Boolean).length;
  if (ways !== 1) {
    throw new OperatorError(ways === 0 ? 'no record was named' : 'records are named in more than one way', {
      hint: 'name records (topic-partition@offset), or --kind, or --all: one of them',
    });
  }
  if (file !== undefined && named !== 1) {
    throw new OperatorError(
      `--with is the payload of one record, and ${named === 0 ? 'none' : named} were named`,
      {
        hint: 'name the one record whose value the file holds',
      },
    );
  }
}

async function readPayload(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new OperatorError(`${file} cannot be read: ${messageOf(cause)}`, {
      hint: 'name the file with the repaired value, as `msr quarantine show --out` wrote it',
      cause,
    });
  }
}
