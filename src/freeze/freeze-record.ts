import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { logTailsSchema } from '../clients/kafka/log-tail.ts';
import { offsetsSchema } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import { type ProcessIdentity, processIdentity } from '../core/process-identity.ts';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

const recordSchema = z.object({
  version: z.literal(1),
  /** Tells this freeze from a later one of the same connector. */
  id: z.string(),
  connector: z.string(),
  purpose: z.enum(['backup', 'cutover', 'undo', 'repair']),
  /** Who froze it, for people: a backup's or a recovery's id. */
  owner: z.string(),
  process: z.object({ host: z.string(), machine: z.string(), pid: z.int(), processStart: z.string() }),
  startedAt: z.iso.datetime(),
  /** The sink before the freeze: what `as is` means, where nothing was cut over. */
  found: z.enum(['RUNNING', 'PAUSED', 'STOPPED', 'FAILED']),
  /** Offsets that the body of the freeze asked for; setAt as a marker's offsets_set_at. */
  correction: z
    .object({
      offsets: offsetsSchema,
      /** What the sink had committed when it was asked for; absent: of an earlier msr. */
      committed: offsetsSchema.optional(),
      /** What the log held before them; absent: of an earlier msr, or nobody could read it. */
      tails: logTailsSchema.optional(),
      setAt: z.iso.datetime().optional(),
    })
    .optional(),
  /** Written before databases are fenced and renamed: from here on the live name may have moved. */
  cutover: z
    .object({
      recoveryId: z.string(),
      /** pg_database.oid of the database that is to take the live name: names move, oids do not. */
      databaseOid: z.int(),
      /** Identity of the server on which the live name comes or goes; absent: of the only one. */
      server: z.string().optional(),
      /** `host:port` of that database: a copy of a server has the same oids. Absent: of the only one. */
      databaseServer: z.string().optional(),
    })
    .optional(),
});

/** What stands in the vault from before a STOP until the sink runs again. Holds no secrets. */
export type FreezeRecord = z.infer<typeof recordSchema>;
export type SinkFound = FreezeRecord['found'];
export type FreezePurpose = FreezeRecord['purpose'];

/** A record as it stood when it was read or written; changes are compared with it. */
export interface StoredFreeze {
  readonly record: FreezeRecord;
  readonly etag: string;
}

/** A record of this moment, by default of this process; it is not stored yet. */
export function newFreezeRecord(
  freeze: Pick<FreezeRecord, 'connector' | 'purpose' | 'owner' | 'found'>,
  identity: ProcessIdentity = processIdentity(),
): FreezeRecord {
  return { version: 1, id: randomUUID(), ...freeze, process: identity, startedAt: new Date().toISOString() };
}

/** @throws OperatorError where something else than a freeze record stands there */
export async function readFreeze(vault: Vault, connector: string): Promise<StoredFreeze | undefined> {
  const found = await readJson(vault, VaultPath.freeze(connector), recordSchema, {
    what: 'is not a freeze record of this msr',
    hint: 'use the msr that wrote it; if the sink runs and nothing else does, the file can be deleted',
  });
  return found && { record: found.value, etag: found.etag };
}

/** @returns undefined where a record of this connector stands there already */
export async function createFreeze(vault: Vault, record: FreezeRecord): Promise<StoredFreeze | undefined> {
  const etag = await writeJson(vault, VaultPath.freeze(record.connector), record, { ifAbsent: true });
  return etag === undefined ? undefined : { record, etag };
}

/** @throws FreezeTakenOverError where somebody else changed or removed the record meanwhile */
export async function updateFreeze(
  vault: Vault,
  { record, etag }: StoredFreeze,
  change: Partial<FreezeRecord>,
): Promise<StoredFreeze> {
  const changed = { ...record, ...change };
  const path = VaultPath.freeze(record.connector);
  const newEtag = await writeJson(vault, path, changed, { ifMatch: etag });
  if (newEtag === undefined) throw new FreezeTakenOverError(record);
  return { record: changed, etag: newEtag };
}

/** Benign where the record is gone or belongs to another freeze. */
export async function deleteFreeze(vault: Vault, record: FreezeRecord): Promise<void> {
  const present = await readFreeze(vault, record.connector);
  if (present?.record.id !== record.id) return;
  await vault.deleteDocument(VaultPath.freeze(record.connector), { ifMatch: present.etag });
}

/** Another process has taken the freeze for abandoned: this one must not go on. */
class FreezeTakenOverError extends OperatorError {
  override readonly name = 'FreezeTakenOverError';

  constructor(record: FreezeRecord) {
    super(`the freeze of ${record.connector} by ${record.owner} was ended by another process`, {
      hint: 'the sink runs again; run the command again',
    });
  }
}
