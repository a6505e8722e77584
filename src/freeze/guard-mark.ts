import { z } from 'zod';
import { localProbe, type ProcessProbe, processFate, processIdentity } from '../core/process-identity.ts';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

const markSchema = z.object({
  host: z.string(),
  machine: z.string(),
  pid: z.int().positive(),
  processStart: z.string(),
  /** Counts up while the guard lives: by this it is seen from elsewhere. */
  renewals: z.int().nonnegative(),
  /** For people. */
  renewedAt: z.iso.datetime(),
});

/** Shows that a guard of this connector lives; each of them overwrites the other's mark. */
export async function writeGuardMark(vault: Vault, connector: string, renewals: number): Promise<void> {
  const mark = { ...processIdentity(), renewals, renewedAt: new Date().toISOString() };
  await writeJson(vault, VaultPath.guard(connector), mark);
}

export interface GuardMark {
  readonly host: string;
  readonly renewedAt: string;
  readonly fate: 'alive' | 'dead' | 'unknown';
  /** Changes with each renewal. */
  readonly etag: string;
}

/** @returns undefined where no guard has ever run @throws OperatorError where something else stands there */
export async function readGuardMark(
  vault: Vault,
  connector: string,
  probe: ProcessProbe = localProbe,
): Promise<GuardMark | undefined> {
  const found = await readJson(vault, VaultPath.guard(connector), markSchema, {
    what: 'is not the mark of a guard of this msr',
    hint: 'start `msr guard` anew with this version',
  });
  if (found === undefined) return undefined;
  const { host, renewedAt } = found.value;
  return { host, renewedAt, fate: processFate(found.value, probe), etag: found.etag };
}
