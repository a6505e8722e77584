import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { takeBackup } from '../../src/backup/take-backup.ts';
import type { BackupContext } from '../../src/baselines/backup-context.ts';
import { silentProgress } from '../../src/core/progress.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import { kafkaClient } from '../bed/kafka.ts';
import type { Msr } from '../bed/msr.ts';
import { waitFor } from '../bed/wait.ts';

/** What a backup of this MSR works with, in this process; the maintenance may be near while the tests run. */
export function backupContext(
  msr: Msr,
  directory: string,
  env: Readonly<Record<string, string>> = {},
): BackupContext {
  const settings = readSettings({ ...msr.env(directory), ...env });
  return {
    settings,
    vault: openVault(settings.vaultUrl),
    progress: silentProgress,
    signal: new AbortController().signal,
    ignoreMaintenance: true,
  };
}

export function backUp(
  msr: Msr,
  directory: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Manifest> {
  return takeBackup(backupContext(msr, directory, env));
}

/** An event as it stands in Kafka or in a dump, as far as a comparison needs it. */
export interface Held {
  readonly numbers: readonly number[];
  /** Events by `table hour`. */
  readonly hours: Readonly<Record<string, number>>;
}

/** What Kafka holds before the cut, read by a consumer of its own and not by any code of ours. */
export async function heldByKafka(
  brokers: readonly string[],
  cut: Pick<Manifest['cut'], 'offsets'>,
): Promise<Held> {
  const consumer = kafkaClient(brokers).consumer({ groupId: `test-${crypto.randomUUID()}` });
  const missing = new Map(
    cut.offsets.filter(({ offset }) => offset > 0).map((at) => [`${at.topic}-${at.partition}`, at.offset]),
  );
  const ends = new Map(missing);
  const found: Array<{ number: number; hour: string }> = [];
  await consumer.connect();
  try {
    await consumer.subscribe({
      topics: [...new Set(cut.offsets.map(({ topic }) => topic))],
      fromBeginning: true,
    });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        const key = `${topic}-${partition}`;
        const offset = Number(message.offset);
        if (message.value !== null && offset < (ends.get(key) ?? 0)) found.push(eventOf(message.value));
        if (offset + 1 >= (ends.get(key) ?? 0)) missing.delete(key);
      },
    });
    await waitFor('the consumer to reach the cut', () => missing.size === 0);
  } finally {
    await consumer.disconnect();
  }
  return tallyOf(found);
}

/** What the dump holds, by PostgreSQL's own pg_restore: the rows of the tables with cdc_event's columns. */
export async function heldByDump(msr: Msr, directory: string, manifest: Manifest): Promise<Held> {
  const { MSR_PG_BIN: pgBin = '' } = msr.env(directory);
  const file = join(directory, VaultPath.dump(manifest.id));
  const { stdout } = await promisify(execFile)(join(pgBin, 'pg_restore'), ['--data-only', '--file=-', file], {
    maxBuffer: 1 << 28,
  });
  const found: Array<{ number: number; hour: string }> = [];
  for (const block of stdout.matchAll(
    /^COPY \S+ \(entity_id, entity_state, op, event_timestamp, table_name\) FROM stdin;\n([\s\S]*?)^\\\.$/gm,
  )) {
    for (const line of (block[1] ?? '').split('\n').filter((row) => row !== '')) {
      const [, state = '', , time = '', table = ''] = line.split('\t');
      const number = Number(/"n": (\d+)/.exec(state)?.[1]);
      found.push({ number, hour: `${table} ${hourOf(new Date(time))}` });
    }
  }
  return tallyOf(found);
}

/** The manifest's digests without their sums. */
export function hoursOf(manifest: Manifest): Record<string, number> {
  return Object.fromEntries(manifest.digests.map(({ table, hour, count }) => [`${table} ${hour}`, count]));
}

function eventOf(value: Buffer): { number: number; hour: string } {
  const { payload } = JSON.parse(value.toString('utf8')) as {
    payload: { data: string; event_timestamp: number; table_name: string };
  };
  const number = Number((JSON.parse(payload.data) as { n: number }).n);
  return { number, hour: `${payload.table_name} ${hourOf(new Date(payload.event_timestamp))}` };
}

function hourOf(time: Date): string {
  return `${time.toISOString().slice(0, 13)}:00:00Z`;
}

function tallyOf(events: ReadonlyArray<{ number: number; hour: string }>): Held {
  const hours: Record<string, number> = {};
  for (const { hour } of events) hours[hour] = (hours[hour] ?? 0) + 1;
  return { numbers: events.map(({ number }) => number).sort((a, b) => a - b), hours };
}

/** Returns when a session waits for a lock on a table of this MSR's database. */
export async function waitForLockQueue(msr: Msr, applicationName: string): Promise<void> {
  await msr.query('admin', (client) =>
    waitFor(`${applicationName} to wait for a lock`, async () => {
      const { rows } = await client.query(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE $1 AND wait_event_type = 'Lock'`,
        [applicationName],
      );
      return rows.length > 0;
    }),
  );
}

/** The command line's entry, for a child process that is killed. */
export const MSR_ENTRY = fileURLToPath(new URL('../../bin/msr.ts', import.meta.url));
