import type { Command } from 'commander';
import { newId } from '../core/ids.ts';
import { OperatorError } from '../core/operator-error.ts';
import { listBackups } from '../manifest/catalogue.ts';
import {
  diffSessions,
  findRestoredSessions,
  restoreSessions,
  undoSessions,
} from '../recovery/configuration/restore-sessions.ts';
import { savedSessions } from '../recovery/configuration/saved-sessions.ts';
import { describeSessionChange, type SessionChange } from '../recovery/configuration/session-changes.ts';
import { readServers, readVaultSettings } from '../settings/settings.ts';
import { withLock } from '../vault/lock.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import type { Vault } from '../vault/vault.ts';
import { agreed } from './confirm.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, DATABASE_SETTINGS } from './setting-options.ts';

const SETTINGS = ['MSR_VAULT_URL', 'MSR_CA_FILE', 'MSR_PG_BIN', ...DATABASE_SETTINGS] as const;

interface SessionFlags {
  readonly backup?: string;
  readonly id?: readonly string[];
  readonly yes?: true;
}

/** `msr sessions`: users' sessions, which Kafka does not hold, of a backup into the live database. */
export function addSessionCommands(program: Command, run: Run): void {
  const commands = program
    .command('sessions')
    .description("users' sessions: compare them with a backup, restore them, take that back")
    .helpCommand(false);
  const diff = withChoice(commands.command('diff'))
    .description('which sessions of a backup are missing in the live database, or differ')
    .action((flags: SessionFlags, self: Command) =>
      run(self, (invocation) => diffCommand(invocation, flags)),
    );
  addSettingOptions(diff, SETTINGS);
  const restore = withChoice(commands.command('restore'))
    .description('add and set back those sessions in one transaction; says them first, and asks')
    .option('--yes', 'do not ask')
    .action((flags: SessionFlags, self: Command) =>
      run(self, (invocation) => restoreCommand(invocation, flags)),
    );
  addSettingOptions(restore, SETTINGS);
  const undo = commands
    .command('undo')
    .argument('<id>', 'of the restore')
    .description('put the sessions from before a restore back')
    .action((id: string, _: unknown, self: Command) =>
      run(self, (invocation) => undoCommand(invocation, id)),
    );
  addSettingOptions(
    undo,
    SETTINGS.filter((variable) => variable !== 'MSR_PG_BIN'),
  );
}

function withChoice(command: Command): Command {
  return command
    .option('--backup <id>', 'of this backup (default: the newest complete one)')
    .option('--id <session...>', 'only these sessions');
}

async function diffCommand(invocation: Invocation, flags: SessionFlags): Promise<Answer> {
  const { backupId, changes } = await planOf(invocation, flags);
  return { document: { backupId, changes: shownOf(changes) }, text: planText(backupId, changes) };
}

async function restoreCommand(invocation: Invocation, flags: SessionFlags): Promise<Answer> {
  const { backupId, changes, saved } = await planOf(invocation, flags);
  const planned = planText(backupId, changes);
  const document = { backupId, changes: shownOf(changes), restored: false };
  if (changes.length === 0) return { document, text: planned };
  if (!(await agreed(invocation, { planned, question: 'Set these sessions?', yes: flags.yes === true }))) {
    return { document, text: `${planned}\nnothing was changed; \`--yes\` sets the sessions` };
  }
  const wanted = new Set(changes.map(({ id }) => id));
  const { id, sessions } = await locked(invocation, () =>
    restoreSessions(invocation.vault(), readServers(invocation.env), { backupId, saved, wanted }),
  );
  return {
    document: { ...document, restored: true, id },
    text: `${sessions.length} sessions of the backup ${backupId} set\nback by: \`msr sessions undo ${id}\``,
  };
}

async function undoCommand(invocation: Invocation, id: string): Promise<Answer> {
  const restored = await findRestoredSessions(invocation.vault(), id);
  if (restored === undefined) {
    throw new OperatorError(`no sessions were restored under ${id}`, {
      hint: '`msr sessions restore` says its id at its end; the documents lie in `configurations/` of the vault',
    });
  }
  await locked(invocation, () => undoSessions(readServers(invocation.env), restored));
  const { sessions, restoredAt } = restored;
  return {
    document: { undone: id, changes: shownOf(sessions) },
    text: `${sessions.length} sessions are again what they were before ${restoredAt}`,
  };
}

async function planOf(invocation: Invocation, { backup, id: only }: SessionFlags) {
  const { env, progress, signal } = invocation;
  const vault = invocation.vault();
  const backupId = backup ?? (await newestComplete(vault));
  const { pgBin } = readVaultSettings(env);
  const ctx = { vault, progress, signal, pgBin, recoveryId: newId(new Date()) };
  const saved = await savedSessions(ctx, backupId);
  const changes = await diffSessions(readServers(env), saved);
  return { backupId, saved, changes: changes.filter(({ id }) => only === undefined || only.includes(id)) };
}

/** @throws OperatorError where there is none */
async function newestComplete(vault: Vault): Promise<string> {
  const complete = (await listBackups(vault)).find(({ state }) => state === 'complete');
  if (complete !== undefined) return complete.id;
  throw new OperatorError(`there is no complete backup in ${vault.url}`, { hint: 'name one by --backup' });
}

async function locked<T>(invocation: Invocation, work: () => Promise<T>): Promise<T> {
  const onWatch = tellWatch(invocation.progress);
  return await withLock(invocation.vault(), { purpose: 'configuration', onWatch }, async (lock) => {
    await lock.assertHeld();
    return await work();
  });
}

/** The rows themselves stay in the vault. */
function shownOf(changes: readonly SessionChange[]) {
  return changes.map(({ id, live, columns }) => ({ id, missing: live === null, columns }));
}

const MOST_SHOWN = 20;

function planText(backupId: string, changes: readonly SessionChange[]): string {
  if (changes.length === 0) return `no session of the backup ${backupId} is missing or differs`;
  const missing = changes.filter(({ live }) => live === null).length;
  const more = changes.length - MOST_SHOWN;
  return [
    `of the sessions of the backup ${backupId} ${missing} are missing, and ${changes.length - missing} differ:`,
    ...changes.slice(0, MOST_SHOWN).map(describeSessionChange),
    ...(more > 0 ? [`and ${more} more: \`--json\` has all of them`] : []),
    'sessions that began since the backup stay; one that is ACTIVE counts for MAX_ACTIVE_SESSIONS again',
  ].join('\n');
}
