import type { Command } from 'commander';
import { type Refusal, requireHandler } from '../baselines/find-handler.ts';
import { openStrategy } from '../baselines/strategies.ts';
import type { BaselineStrategy } from '../baselines/strategy.ts';
import type { RestoredVolumes } from '../baselines/volumes-handler.ts';
import { connectClient } from '../clients/connect.ts';
import { hostAndPort } from '../clients/postgres-url.ts';
import { OperatorError } from '../core/operator-error.ts';
import { showBackup } from '../manifest/catalogue.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { VOLUMES_FEATURES } from '../manifest/volumes-features.ts';
import { guardDiscard } from '../recovery/restore/guard-discard.ts';
import { restoreName } from '../recovery/restore/live-copies.ts';
import { readConnectSettings, readDatabaseSettings, readStrategySettings } from '../settings/settings.ts';
import { withLock } from '../vault/lock.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, DATABASE_SETTINGS, VAULT_SETTINGS } from './setting-options.ts';

/**
 * `msr backups restore-volumes <id>`: brings up what a backup holds outside the vault,
 * beside the live database.
 */
export function addRestoreVolumesCommand(backups: Command, run: Run): void {
  const command = backups
    .command('restore-volumes')
    .argument('<id>', 'as `msr backups list` shows it')
    .description(
      'make a volume or a server from what a backup holds outside the vault; the live one is not touched',
    )
    .option('--name <name>', 'of what is made; run again with it goes on (default: msr-restore-<id>)')
    .option('--discard', 'remove what a restore of this name made; never what became the live database')
    .action((id: string, { name, discard }: { name?: string; discard?: boolean }, self: Command) =>
      run(self, (invocation) => {
        const command = discard === true ? discardCommand : restoreCommand;
        return command(invocation, id, name ?? restoreName(id));
      }),
    );
  const sink = ['MSR_CONNECT_URL', 'MSR_SINK_CONNECTOR'] as const;
  const strategy = ['MSR_STRATEGY', 'MSR_STRATEGY_OPTIONS'] as const;
  addSettingOptions(command, [...VAULT_SETTINGS, ...DATABASE_SETTINGS, ...sink, ...strategy]);
}

async function restoreCommand(invocation: Invocation, id: string, name: string): Promise<Answer> {
  const { env, progress, signal } = invocation;
  const { manifest, strategy } = await openVolumes(invocation, id);
  const { targetDatabaseUrl: targetUrl, databaseUrl } = readDatabaseSettings(env);
  requireServerFor(manifest, { targetUrl, databaseUrl });
  const restored: RestoredVolumes[] = [];
  for (const volumes of manifest.volumes) {
    const handler = requireHandler(strategy, volumes, 'restore', { cannot: 'restore' });
    restored.push(await handler.restore({ volumes, manifest, name, targetUrl, progress, signal }));
  }
  return { document: { backupId: id, restored }, text: restored.map(describeRestored).join('\n') };
}

async function discardCommand(invocation: Invocation, id: string, name: string): Promise<Answer> {
  const { env, progress } = invocation;
  const { manifest, strategy } = await openVolumes(invocation, id);
  const { targetDatabaseUrl: targetUrl, databaseUrl } = readDatabaseSettings(env);
  const { connect, sinkConnector } = readConnectSettings(env);
  const vault = invocation.vault();
  const removed: string[] = [];
  // No recovery takes a server on these volumes over meanwhile.
  await withLock(vault, { purpose: 'cleanup' }, async (lock) => {
    const guards = { vault, connect: connectClient(connect), sinkConnector };
    const known = await guardDiscard(guards, { name, backupId: id });
    const signal = AbortSignal.any([invocation.signal, lock.lost]);
    const request = { name, targetUrl, databaseUrl, ...known, progress, signal };
    await lock.assertHeld();
    for (const volumes of manifest.volumes) {
      const handler = requireHandler(strategy, volumes, 'discard', CANNOT_DISCARD);
      removed.push(...(await handler.discard({ ...request, volumes })));
    }
  });
  const text = removed.length === 0 ? `${name} has nothing to remove` : `removed ${removed.join(', ')}`;
  return { document: { backupId: id, name, removed }, text };
}

/**
 * Where volumes come up as a server at the target's URL, that must be another one, before anything is made.
 */
function requireServerFor(
  { volumes }: Manifest,
  { targetUrl, databaseUrl }: { readonly targetUrl: string; readonly databaseUrl: string },
): void {
  const target = hostAndPort(targetUrl);
  if (target !== hostAndPort(databaseUrl)) return;
  if (volumes.every(({ kind }) => !VOLUMES_FEATURES[kind].needsTargetServer)) return;
  throw new OperatorError(`MSR_TARGET_DATABASE_URL names ${target}, the server of the live database`, {
    hint: 'let it name the server that will run on the volumes, on the recovery instance; nothing was made',
  });
}

interface OpenVolumes {
  readonly manifest: Manifest;
  readonly strategy: BaselineStrategy;
}

/** @throws OperatorError where the backup has no volumes */
async function openVolumes({ env, vault }: Invocation, id: string): Promise<OpenVolumes> {
  const manifest = await showBackup(vault(), id);
  const strategy = await openStrategy(readStrategySettings(env));
  if (manifest.volumes.length > 0) return { manifest, strategy };
  throw new OperatorError(`the backup ${id} holds nothing outside the vault`, {
    hint: 'restore its dump: `msr recover`',
  });
}

const CANNOT_DISCARD: Refusal = {
  cannot: 'remove what was restored of',
  more: '; a claim or a service that was restored is yours to delete, where it was made',
};

function describeRestored({ made, server, next }: RestoredVolumes): string {
  const where = server === undefined ? '' : `, reached at ${server}`;
  return `made ${made}${where}\nNEXT: ${next}`;
}
