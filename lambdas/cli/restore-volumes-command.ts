import type { Command } from 'commander';
import { showBackup } from '../backup/catalogue.ts';
import type { RestoredVolumes } from '../backup/strategy.ts';
import { volumesName } from '../backup/volumes-schema.ts';
import { OperatorError } from '../operator-error.ts';
import { readDatabaseSettings, readStrategySettings } from '../settings.ts';
import { openStrategy } from '../strategies/open-strategy.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, VAULT_SETTINGS } from './setting-options.ts';

/** `msr backups restore-volumes <id>`: brings up what a backup holds outside the vault, beside the live database. */
export function addRestoreVolumesCommand(backups: Command, run: Run): void {
  const command = backups
    .command('restore-volumes')
    .argument('<id>', 'as `msr backups list` shows it')
    .description(
      'make a volume or a server from what a backup holds outside the vault; the live one is not touched',
    )
    .option('--name <name>', 'of what is made; run again with it goes on (default: msr-restore-<id>)')
    .action((id: string, { name }: { name?: string }, self: Command) =>
      run(self, (invocation) => restoreCommand(invocation, id, name ?? `msr-restore-${id.toLowerCase()}`)),
    );
  const databases = ['MSR_DATABASE_URL', 'MSR_TARGET_DATABASE_URL'] as const;
  addSettingOptions(command, [...VAULT_SETTINGS, ...databases, 'MSR_STRATEGY', 'MSR_STRATEGY_OPTIONS']);
}

async function restoreCommand(invocation: Invocation, id: string, name: string): Promise<Answer> {
  const { env, progress, signal } = invocation;
  const manifest = await showBackup(invocation.vault(), id);
  const settings = readStrategySettings(env);
  const targetUrl = readDatabaseSettings(env).targetDatabaseUrl;
  const strategy = await openStrategy(settings.name, settings.options);
  if (manifest.volumes.length === 0) {
    throw new OperatorError(`the backup ${id} holds nothing outside the vault`, {
      hint: 'restore its dump: `msr recover`',
    });
  }
  const restored: RestoredVolumes[] = [];
  for (const volumes of manifest.volumes) {
    const made = await strategy.restore?.({ volumes, manifest, name, targetUrl, progress, signal });
    if (made === undefined) {
      throw new OperatorError(`the strategy ${settings.name} cannot restore ${volumesName(volumes)}`, {
        hint: 'set MSR_STRATEGY and MSR_STRATEGY_OPTIONS as they were for the backup',
      });
    }
    restored.push(made);
  }
  return { document: { backupId: id, restored }, text: restored.map(describeRestored).join('\n') };
}

function describeRestored({ made, server, next }: RestoredVolumes): string {
  const where = server === undefined ? '' : `, reached at ${server}`;
  return `made ${made}${where}\nNEXT: ${next}`;
}
