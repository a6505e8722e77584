import type { Command } from 'commander';
import { listRecoveries, RecoveryNotFoundError, readStatus } from '../recovery/status/read-status.ts';
import type { RecoveryStatus } from '../recovery/status/recovery-status.ts';
import type { Vault } from '../vault/vault.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { describeRecovery, recoveryDocument, recoveryTable } from './recoveries-views.ts';
import { addSettingOptions, VAULT_SETTINGS } from './setting-options.ts';
import { watchExitCode, watchRecovery } from './watch-recovery.ts';

/** `msr recoveries …`: what recoveries have done and do, wherever they run; the vault tells. */
export function addRecoveriesCommands(program: Command, run: Run): void {
  const recoveries = program.command('recoveries').description('see and follow the recoveries of this vault');
  recoveries.helpCommand(false);
  const list = recoveries
    .command('list')
    .description('all recoveries, newest first, with what each waits for')
    .action((_options: unknown, command: Command) => run(command, listCommand));
  const show = recoveries
    .command('show')
    .argument('<id>', 'as `msr recoveries list` shows it')
    .description('plan, state and progress of a recovery; its report once it has ended')
    .action((id: string, _options: unknown, command: Command) =>
      run(command, (invocation) => showCommand(invocation, id)),
    );
  const watch = recoveries
    .command('watch')
    .argument('[id]', 'as `msr recoveries list` shows it (default: the newest)')
    .description("follow a recovery to its end, and exit with its verdict's code")
    .action((id: string | undefined, _options: unknown, command: Command) =>
      run(command, (invocation) => watchCommand(invocation, id)),
    );
  for (const command of [list, show, watch]) addSettingOptions(command, VAULT_SETTINGS);
}

/** `msr recoveries list` */
async function listCommand(invocation: Invocation): Promise<Answer> {
  const vault = invocation.vault();
  const statuses: RecoveryStatus[] = [];
  for (const id of await listRecoveries(vault)) statuses.push(await readStatus(vault, id));
  const text =
    statuses.length === 0
      ? `no recovery in ${vault.url}; check MSR_VAULT_URL, or start one with \`msr recover\``
      : recoveryTable(statuses);
  return { document: { recoveries: statuses.map(recoveryDocument) }, text };
}

/** `msr recoveries show <id>` */
async function showCommand(invocation: Invocation, id: string): Promise<Answer> {
  const status = await readStatus(invocation.vault(), id);
  return { document: recoveryDocument(status), text: describeRecovery(status) };
}

/** `msr recoveries watch [id]` */
async function watchCommand(invocation: Invocation, id: string | undefined): Promise<Answer> {
  const { progress, signal } = invocation;
  const vault = invocation.vault();
  const recoveryId = id ?? (await newest(vault));
  const status = await watchRecovery({ read: () => readStatus(vault, recoveryId), progress, signal });
  return {
    document: recoveryDocument(status),
    text: describeRecovery(status),
    exitCode: watchExitCode(status),
  };
}

async function newest(vault: Vault): Promise<string> {
  const [id] = await listRecoveries(vault);
  if (id !== undefined) return id;
  throw new RecoveryNotFoundError(`the vault ${vault.url} holds no recovery`, {
    hint: 'check MSR_VAULT_URL, or start one with `msr recover`',
  });
}
