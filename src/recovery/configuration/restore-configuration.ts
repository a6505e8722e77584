import { z } from 'zod';
import { readConfiguration } from '../../backup/contents/database-facts.ts';
import { inTransaction, type Session, withSession } from '../../clients/postgres.ts';
import { newId } from '../../core/ids.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { liveDatabaseUrl } from '../../live/live-database.ts';
import type { DatabaseServers } from '../../settings/settings.ts';
import { readJson, writeJson } from '../../vault/json-documents.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import {
  type ConfigurationChange,
  type ConfigurationRow,
  configurationChangeSchema,
  shown,
  valuesOf,
} from './diff-configuration.ts';

const restoredSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  backupId: z.string(),
  restoredAt: z.iso.datetime(),
  changes: z.array(configurationChangeSchema),
});

/** What a restore of the configuration has changed: what its undo goes by. */
export type RestoredConfiguration = z.infer<typeof restoredSchema>;

/** The live database's configuration. @throws OperatorError where it cannot be read */
export async function readLiveConfiguration(servers: DatabaseServers): Promise<ConfigurationRow[]> {
  return await inLive(servers, readConfiguration);
}

/** What is to be set. */
export interface ConfigurationRestore {
  /** The recovery that sets it, which may run again. @default an id of its own */
  readonly id?: string;
  readonly backupId: string;
  readonly changes: readonly ConfigurationChange[];
}

/**
 * Sets the values of a backup in one transaction. The old ones are in the vault before the commit.
 * @throws OperatorError where the live values are no longer those of the plan: nothing is changed then
 */
export async function restoreConfiguration(
  vault: Vault,
  servers: DatabaseServers,
  { id, backupId, changes }: ConfigurationRestore,
): Promise<RestoredConfiguration> {
  const now = new Date();
  const restored: RestoredConfiguration = {
    version: 1,
    id: id ?? newId(now),
    backupId,
    restoredAt: now.toISOString(),
    changes: [...changes],
  };
  await inLockedTable(servers, async (session, present) => {
    requireValues(
      present,
      changes.map(({ key, live }) => [key, live] as const),
      'since the plan',
    );
    for (const { key, backup, type } of changes) await setValue(session, { key, value: backup, type });
    await writeJson(
      vault,
      VaultPath.configurationRestore(restored.id),
      restored,
      id === undefined ? { ifAbsent: true } : undefined,
    );
  });
  return restored;
}

/**
 * Puts the values from before a restore back; keys that it has added are removed.
 * @throws OperatorError for an id that is none, and where somebody has changed a value since the restore
 */
export async function undoConfiguration(
  vault: Vault,
  servers: DatabaseServers,
  id: string,
): Promise<RestoredConfiguration> {
  const found = await findRestored(vault, id);
  if (found === undefined) {
    throw new OperatorError(`no configuration was restored under ${id}`, {
      hint: '`msr configuration restore` says its id at its end; the documents lie in `configurations/` of the vault',
    });
  }
  const { changes } = found;
  await inLockedTable(servers, async (session, present) => {
    requireValues(
      present,
      changes.map(({ key, backup }) => [key, backup] as const),
      'since the restore',
    );
    for (const { key, live, type } of changes) {
      if (live === undefined)
        await session.query('DELETE FROM msr.configuration WHERE config_key = $1', [key]);
      else await setValue(session, { key, value: live, type });
    }
  });
  return found;
}

/** What was set under this id; undefined where nothing was. */
export async function findRestored(vault: Vault, id: string): Promise<RestoredConfiguration | undefined> {
  const found = await readJson(vault, VaultPath.configurationRestore(id), restoredSchema, {
    hint: 'use the version of msr that wrote it, or set the values by hand',
  });
  return found?.value;
}

async function inLive<T>(servers: DatabaseServers, work: (session: Session) => Promise<T>): Promise<T> {
  return await withSession(await liveDatabaseUrl(servers), { purpose: 'configuration' }, work);
}

/** Readers go on; whoever would write waits until the commit. */
async function inLockedTable(
  servers: DatabaseServers,
  work: (session: Session, present: readonly ConfigurationRow[]) => Promise<void>,
): Promise<void> {
  await inLive(servers, (session) =>
    inTransaction(session, async () => {
      await session.query('LOCK TABLE msr.configuration IN SHARE ROW EXCLUSIVE MODE');
      await work(session, await readConfiguration(session));
    }),
  );
}

/** @throws OperatorError naming the first key that has another value, or none */
function requireValues(
  present: readonly ConfigurationRow[],
  expected: ReadonlyArray<readonly [key: string, value: string | null | undefined]>,
  since: string,
): void {
  const values = valuesOf(present);
  for (const [key, value] of expected) {
    const now = values.get(key);
    if (now === value) continue;
    throw new OperatorError(
      `${key} has changed ${since}: it was ${value === undefined ? 'missing' : shown(value)}, and is ${now === undefined ? 'missing' : shown(now)}`,
      { hint: 'nothing was changed; see `msr configuration diff`, and decide again' },
    );
  }
}

/** Without ON CONFLICT: a stranger's table may have no key. */
async function setValue(session: Session, { key, value, type }: ConfigurationRow): Promise<void> {
  const { rowCount } = await session.query('UPDATE msr.configuration SET value = $2 WHERE config_key = $1', [
    key,
    value,
  ]);
  if (rowCount !== 0) return;
  await session.query('INSERT INTO msr.configuration (config_key, value, config_type) VALUES ($1, $2, $3)', [
    key,
    value,
    type,
  ]);
}
