import type { Command } from 'commander';
import { refetchSecret } from '../clients/secrets.ts';
import { openEnvironment } from '../settings/edge-environment.ts';
import { readSettings } from '../settings/settings.ts';
import { sinkConnect } from '../sink/sink-connect.ts';
import { openVault } from '../vault/open-vault.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { API_SETTINGS, addSettingOptions, allSettingsBut } from './setting-options.ts';

/** `msr guard`: a service beside backups and recoveries. */
export function addGuardCommand(program: Command, run: Run): void {
  const command = program
    .command('guard')
    .description(
      'a service: resumes the sink where a backup or a recovery died with its machine or container; runs until it is stopped',
    )
    .option('--once', 'look once and end, for a timer')
    .action((options: { once?: true }, self: Command) =>
      run(self, (invocation) => guardCommand(invocation, options.once === true)),
    );
  addSettingOptions(
    command,
    allSettingsBut(
      ...API_SETTINGS,
      'MSR_READERS_SECRET_ID',
      'MSR_CONNECTOR_SECRETS',
      'MSR_PG_BIN',
      'MSR_REPLAY_THREADS',
      'MSR_STRATEGY',
      'MSR_STRATEGY_OPTIONS',
    ),
  );
}

async function guardCommand(invocation: Invocation, once: boolean): Promise<Answer> {
  const { given, progress, signal } = invocation;
  const open = async () => {
    await refetchSecret(given).catch(() => false);
    const settings = readSettings(await openEnvironment(given));
    const vault = openVault(settings.vaultUrl);
    return { settings, vault, progress, connect: sinkConnect({ settings, vault }) };
  };
  const { guardSink } = await import('../janitor/guard.ts');
  const { sinkConnector } = readSettings(invocation.env);
  if (!once) progress.note(`guarding ${sinkConnector}`);
  const resumed = await guardSink({ open, progress, signal, once });
  return {
    document: { connector: sinkConnector, freezesEnded: resumed },
    text:
      resumed === 0
        ? `${sinkConnector} was left frozen by nobody`
        : `${sinkConnector}: ${resumed} freeze(s) ended`,
  };
}
