import type { Command } from 'commander';
import { readSettings } from '../settings/settings.ts';
import { describeManifest } from './backup-views.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, allSettingsBut } from './setting-options.ts';

/** `msr backups import` */
export function addImportCommand(backups: Command, run: Run): void {
  const command = backups
    .command('import')
    .argument('<file>', "a dump of the whole MSR database in pg_dump's custom format (pg_dump -Fc)")
    .description(
      'adopt a dump that somebody else took: restore it beside on the server of recoveries, describe it, find its place in Kafka by time and content',
    )
    .requiredOption('--taken-at <time>', 'when pg_dump was started, ISO 8601 with its zone')
    .action((file: string, { takenAt }: { takenAt: string }, self: Command) =>
      run(self, (invocation) => importCommand(invocation, file, takenAt)),
    );
  addSettingOptions(
    command,
    allSettingsBut(
      'MSR_READERS_SECRET_ID',
      'MSR_CONNECTOR_SECRETS',
      'MSR_STRATEGY',
      'MSR_STRATEGY_OPTIONS',
      'MSR_REPLAY_THREADS',
    ),
  );
}

async function importCommand(
  { env, vault, progress, signal }: Invocation,
  file: string,
  takenAt: string,
): Promise<Answer> {
  const { importDump } = await import('../recovery/imported/import-dump.ts');
  const ctx = { settings: readSettings(env), vault: vault(), progress, signal };
  const manifest = await importDump(ctx, { file, takenAt });
  return { document: manifest, text: describeManifest(manifest) };
}
