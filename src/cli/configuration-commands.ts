import type { Command } from 'commander';
import {
  chooseConfiguration,
  type SavedConfiguration,
} from '../recovery/configuration/choose-configuration.ts';
import {
  applyChanges,
  type ConfigurationChange,
  describeChange,
  diffConfiguration,
  shown,
  valuesOf,
} from '../recovery/configuration/diff-configuration.ts';
import {
  readLiveConfiguration,
  restoreConfiguration,
  undoConfiguration,
} from '../recovery/configuration/restore-configuration.ts';
import { readServers } from '../settings/settings.ts';
import { configurationFault } from '../validation/checks/configuration.ts';
import { withLock } from '../vault/lock.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import { agreed } from './confirm.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, DATABASE_SETTINGS } from './setting-options.ts';
import { table } from './tables.ts';

const SETTINGS = ['MSR_VAULT_URL', 'MSR_CA_FILE', ...DATABASE_SETTINGS] as const;

interface RestoreFlags {
  readonly backup?: string;
  readonly key?: readonly string[];
  readonly yes?: true;
}

/** What is to be set, and what it would come to. */
interface ConfigurationPlan {
  readonly chosen: SavedConfiguration;
  readonly passedOver: readonly SavedConfiguration[];
  readonly changes: readonly ConfigurationChange[];
  /** Why MSR cannot run by what there is; undefined where it can. */
  readonly presentFault: string | undefined;
  /** The same once the changes are made. */
  readonly remainingFault: string | undefined;
}

/** `msr configuration`: the playbook's configuration-only recovery. */
export function addConfigurationCommands(program: Command, run: Run): void {
  const commands = program
    .command('configuration')
    .description("MSR's own configuration: compare it with a backup, restore it, take that back")
    .helpCommand(false);
  const diff = withChoice(commands.command('diff'))
    .description('where the live configuration differs from a backup, and which values MSR cannot run by')
    .action((flags: RestoreFlags, self: Command) =>
      run(self, (invocation) => diffCommand(invocation, flags)),
    );
  addSettingOptions(diff, SETTINGS);
  const restore = withChoice(commands.command('restore'))
    .description('set the values of a backup in one transaction; says them first, and asks')
    .option('--yes', 'do not ask')
    .action((flags: RestoreFlags, self: Command) =>
      run(self, (invocation) => restoreCommand(invocation, flags)),
    );
  addSettingOptions(restore, SETTINGS);
  const undo = commands
    .command('undo')
    .argument('<id>', 'of the restore')
    .description('put the values from before a restore back')
    .action((id: string, _: unknown, self: Command) =>
      run(self, (invocation) => undoCommand(invocation, id)),
    );
  addSettingOptions(undo, SETTINGS);
}

function withChoice(command: Command): Command {
  return command
    .option('--backup <id>', 'of this backup (default: the newest whose values MSR can run by)')
    .option('--key <name...>', 'only these keys');
}

async function diffCommand(invocation: Invocation, flags: RestoreFlags): Promise<Answer> {
  const plan = await planOf(invocation, flags);
  return { document: plan, text: planText(plan) };
}

async function restoreCommand(invocation: Invocation, flags: RestoreFlags): Promise<Answer> {
  const plan = await planOf(invocation, flags);
  const { changes, chosen } = plan;
  const planned = planText(plan);
  if (changes.length === 0) return { document: { ...plan, restored: false }, text: planned };
  if (!(await agreed(invocation, { planned, question: 'Set these values?', yes: flags.yes === true }))) {
    const text = `${planned}\nnothing was changed; \`--yes\` sets the values`;
    return { document: { ...plan, restored: false }, text };
  }
  const servers = readServers(invocation.env);
  const restored = await locked(invocation, () =>
    restoreConfiguration(invocation.vault(), servers, { backupId: chosen.backupId, changes }),
  );
  return {
    document: { ...plan, restored: true, id: restored.id },
    text: `${changes.length} values of the backup ${chosen.backupId} set; the policies of TimescaleDB follow at the next maintenance\nback by: \`msr configuration undo ${restored.id}\``,
  };
}

async function undoCommand(invocation: Invocation, id: string): Promise<Answer> {
  const servers = readServers(invocation.env);
  const restored = await locked(invocation, () => undoConfiguration(invocation.vault(), servers, id));
  return {
    document: { undone: restored.id, changes: restored.changes },
    text: `${restored.changes.length} values are again what they were before ${restored.restoredAt}`,
  };
}

async function planOf(invocation: Invocation, { backup, key }: RestoreFlags): Promise<ConfigurationPlan> {
  const live = await readLiveConfiguration(readServers(invocation.env));
  const { chosen, passedOver } = await chooseConfiguration(invocation.vault(), backup);
  const changes = diffConfiguration(live, chosen.rows).filter(
    (change) => key === undefined || key.includes(change.key),
  );
  return {
    chosen,
    passedOver,
    changes,
    presentFault: configurationFault(valuesOf(live)),
    remainingFault: configurationFault(applyChanges(live, changes)),
  };
}

async function locked<T>(invocation: Invocation, work: () => Promise<T>): Promise<T> {
  const onWatch = tellWatch(invocation.progress);
  return await withLock(invocation.vault(), { purpose: 'configuration', onWatch }, async (lock) => {
    await lock.assertHeld();
    return await work();
  });
}

function planText({ chosen, passedOver, changes, presentFault, remainingFault }: ConfigurationPlan): string {
  const rows = changes.map(({ key, live, backup }) => [
    key,
    live === undefined ? 'missing' : shown(live),
    shown(backup),
  ]);
  return [
    presentFault === undefined
      ? 'MSR can run by the live configuration'
      : `MSR cannot run by the live configuration: ${presentFault}`,
    ...passedOver.map(
      ({ backupId, fault }) => `passed over, the backup ${backupId} holds the fault already: ${fault}`,
    ),
    changes.length === 0
      ? `nothing differs from the backup ${chosen.backupId}`
      : table(['KEY', 'LIVE', `BACKUP ${chosen.backupId}`], rows),
    ...changes.filter(({ key }) => key === 'MAX_PLAYBACK_RANGE').map(dropRemark),
    ...(remainingFault === undefined ? [] : [`still wrong afterwards: ${remainingFault}`]),
  ].join('\n');
}

/** This key, and no other, drops events. */
function dropRemark(change: ConfigurationChange): string {
  return `${describeChange(change)}: the next maintenance drops the events that are older than so many days`;
}
