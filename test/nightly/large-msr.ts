import { link, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atMost } from '../../src/core/at-most.ts';
import { timeOfId } from '../../src/core/ids.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import type { Msr } from '../bed/bed.ts';
import { history } from '../bed/events.ts';

const HOUR_MS = 3_600_000;

/** Events in every partition, which the sink has written. */
export async function fillLog(msr: Msr, count: number): Promise<void> {
  const to = new Date();
  const from = new Date(to.getTime() - HOUR_MS);
  await msr.produce(history({ seed: 1, count, topics: msr.topics, from, to, entities: count }));
  await msr.waitForEvents(count);
}

/**
 * Chunks of an hour each, with a row in them, which the server takes for as many as a hundred million events
 * have: by the statistics that vacuum would have left.
 */
export async function fillChunks(msr: Msr, chunks: number, rowsInAll: number): Promise<void> {
  await msr.query('admin', async (admin) => {
    for (let at = 0; at < chunks; at += 500) {
      await admin.query(
        `INSERT INTO msr.cdc_event
         SELECT 'e' || hour, '{"n": 1}', 'c', date_trunc('hour', now()) - make_interval(hours => hour), 'gis.geo_entity'
         FROM generate_series(${at}, ${Math.min(at + 499, chunks - 1)}) AS hour`,
      );
    }
    await admin.query(
      `UPDATE pg_class SET reltuples = ${rowsInAll / chunks}, relpages = ${Math.ceil(rowsInAll / chunks / 10)}
       WHERE oid IN (SELECT format('%I.%I', chunk_schema, chunk_name)::regclass
                     FROM timescaledb_information.chunks WHERE hypertable_name = 'cdc_event')`,
    );
  });
}

/** What lies in a directory of a backup. */
const FILES = ['manifest.json', 'head.json', 'verification.json'] as const;

/** @param hours before the backup that is there; ISO 8601 of the same length */
function earlier(time: string, hours: number): string {
  return new Date(Date.parse(time) - hours * HOUR_MS).toISOString();
}

/**
 * As many backups as an hourly schedule leaves whose backups nobody lets go of: copies of the one that is
 * there, each with its own id and times, and read like it.
 * @param directory of the vault
 */
export async function copyBackups(vault: Vault, directory: string, count: number): Promise<void> {
  const [manifestPath] = (await vault.list(VaultPath.backups))
    .map(({ path }) => path)
    .filter((path) => path.endsWith('/manifest.json'));
  const id = manifestPath?.split('/')[1] ?? '';
  const folderOf = (of: string) => join(directory, VaultPath.backup(of));
  const texts = await Promise.all(FILES.map((file) => readFile(join(folderOf(id), file), 'utf8')));
  const { createdAt, cut } = JSON.parse(texts[0] ?? '');
  const { verifiedAt } = JSON.parse(texts[2] ?? '');
  const copies = Array.from({ length: count - 1 }, (_, at) => at + 1);
  await atMost(8, copies, async (hours) => {
    const its = idBefore(id, hours);
    await mkdir(folderOf(its));
    await link(join(directory, VaultPath.dump(id)), join(directory, VaultPath.dump(its)));
    for (const [at, file] of FILES.entries()) {
      const text = (texts[at] ?? '')
        .replaceAll(id, its)
        .replaceAll(createdAt, earlier(createdAt, hours))
        .replaceAll(cut.takenAt, earlier(cut.takenAt, hours))
        .replaceAll(verifiedAt, earlier(verifiedAt, hours % (20 * 24)))
        // That of the copy is another.
        .replace(/"manifestSha256": "[0-9a-f]+",/, '');
      await writeFile(join(folderOf(its), file), text);
    }
  });
}

function idBefore(id: string, hours: number): string {
  const time = earlier(timeOfId(id), hours).replace(/[-:]/g, '').replace(/\.\d+/, '');
  return `${time}${id.slice(time.length)}`;
}
