import { writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { type HealthRecord, healthRecordSchema } from './health-record.ts';

/**
 * What the latest run recorded; undefined: none has, or another version of msr wrote it.
 * @throws VaultReadError
 */
export async function readLatest(vault: Vault): Promise<HealthRecord | undefined> {
  const document = await vault.readDocument(VaultPath.latestHealth);
  return document === undefined ? undefined : healthRecordSchema.safeParse(parsed(document.content)).data;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // A record is of use for the next run alone: one that was broken off counts for none.
    return undefined;
  }
}

/**
 * Keeps the record for the next run, and by its time for later questions; lets go of what is too old.
 * @throws VaultReadError, VaultWriteError
 */
export async function record(vault: Vault, run: HealthRecord): Promise<void> {
  const { starts: _, day: __, ...detail } = run;
  await writeJson(vault, VaultPath.latestHealth, run);
  await vault.writeDocument(VaultPath.healthRun(stampOf(run.at)), JSON.stringify(detail));
  const names = (await vault.list(VaultPath.health))
    .map(({ path }) => path.slice(VaultPath.health.length).replace(/\.json$/, ''))
    .filter((name) => STAMP.test(name));
  const gone = recordsToForget(names, new Date(run.at)).slice(0, MOST_DELETED);
  await Promise.all(gone.map((name) => vault.deleteDocument(VaultPath.healthRun(name))));
}

/** `20261127T191000Z`: sorts by time. */
function stampOf(at: string): string {
  return at.replace(/[-:]/g, '').replace(/\.\d+/, '');
}

const STAMP = /^\d{8}T\d{6}Z$/;
/** A run is short: what is left waits for the next one. */
const MOST_DELETED = 50;

const HOUR_MS = 3_600_000;
const DETAIL_MS = 48 * HOUR_MS;
const HOURLY_MS = 14 * 24 * HOUR_MS;
const DAILY_MS = 400 * 24 * HOUR_MS;

/**
 * Every run of the last 48 hours stays, the first of each hour for two weeks, and the first of each day for
 * a year and a month. Pure.
 * @param names of all records: stamps of their times
 */
export function recordsToForget(names: readonly string[], now: Date): string[] {
  const kept = new Set<string>();
  return [...names].sort().filter((name) => {
    const age = now.getTime() - timeOf(name);
    if (age <= DETAIL_MS) return false;
    if (age > DAILY_MS) return true;
    const period = name.slice(0, age <= HOURLY_MS ? 'YYYYMMDDTHH'.length : 'YYYYMMDD'.length);
    if (kept.has(period)) return true;
    kept.add(period);
    return false;
  });
}

function timeOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
