import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listBackups } from '../../../src/manifest/catalogue.ts';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { importDump } from '../../../src/recovery/imported/import-dump.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { recoveryContext } from '../recovery-context.ts';
import { compareWithSent, type ForgetfulSource, startForgetfulSource, sumOf } from './forgetful-source.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-inexact-'));
const elsewhere = mkdtempSync(join(tmpdir(), 'msr-inexact-'));
const file = join(elsewhere, 'theirs.dump');
let msr: Msr;
let source: ForgetfulSource;
let takenAt: string;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'adopted', partitions: 2 });
  source = await startForgetfulSource(bed, msr);
  await source.goOn(50);
  takenAt = new Date().toISOString();
  await dump(msr.database, file);
  await source.goOn(20);
});
afterAll(async () => {
  await source?.stop().catch(() => {});
  await msr?.drop();
  for (const directory of [vault, elsewhere]) rmSync(directory, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

/** As anybody takes one, with no program of ours. */
async function dump(database: string, to: string, ...args: string[]): Promise<void> {
  const { MSR_PG_BIN: pgBin = '' } = msr.env(vault);
  const url = msr.url('admin', database);
  await promisify(execFile)(join(pgBin, 'pg_dump'), ['-Fc', ...args, `--file=${to}`, `--dbname=${url}`]);
}

test('what is no dump of this MSR is refused with fact and hint, and nothing is in the vault', async () => {
  const cut = join(elsewhere, 'cut.dump');
  await copyFile(file, cut);
  await truncate(cut, 20_000);
  const text = join(elsewhere, 'text.dump');
  await writeFile(text, 'CREATE TABLE x ();');
  const other = join(elsewhere, 'other.dump');
  await dump('postgres', other);
  const part = join(elsewhere, 'part.dump');
  await dump(msr.database, part, '--table=msr.configuration');
  const ctx = recoveryContext(msr, openVault(`file://${vault}`));
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  for (const [name, at, fact] of [
    [join(elsewhere, 'absent'), takenAt, /absent cannot be read/],
    [text, takenAt, /text\.dump is not in pg_dump's custom format/],
    [cut, takenAt, /cut\.dump cannot be read|the dump cannot be restored/],
    [other, takenAt, /other\.dump is the dump of postgres, and holds no MSR/],
    [part, takenAt, /part\.dump lacks msr\.cdc_event/],
    [file, tomorrow, /is still to come/],
    [file, 'noon', /is no moment/],
    [file, '2026-11-01T00:00:00Z', /Kafka holds nothing from before 2026-11-01T00:00:00\.000Z/],
  ] as const) {
    const refused = importDump(ctx, { file: name, takenAt: at });
    await expect(refused, name).rejects.toMatchObject({
      ...{
        name: 'ForeignDumpError',
        message: expect.stringMatching(fact),
        hint: expect.stringMatching(/\w/),
      },
    });
  }
  expect(await listBackups(ctx.vault)).toEqual([]);
});

test('a dump that somebody else took is adopted, and a recovery from it loses and doubles nothing', async () => {
  const imported = await run('backups', 'import', file, '--taken-at', takenAt, '--json');
  expect(imported, imported.stderr).toMatchObject({ exitCode: 0 });
  const { cut, events }: Manifest = JSON.parse(imported.stdout);
  expect(cut).toMatchObject({ exact: false, takenAt });
  expect(cut.overlap?.until.reduce((sum, { offset }) => sum + offset, 0)).toBeGreaterThanOrEqual(
    events.count,
  );

  await dropDatabase(msr);
  await source.goOn(10);
  const recovered = await run('recover', '--yes');
  expect(recovered, recovered.stdout + recovered.stderr).toMatchObject({ exitCode: 0 });
  expect(recovered.stdout).toContain('INEXACT CUT: OVERLAP DROPPED BY CONTENT');
  await source.stop();
  await msr.waitForEvents(sumOf(source.sent));
  expect(await compareWithSent(msr, source.sent)).toEqual({
    ...{ lost: 0, doubled: 0 },
    rows: sumOf(source.sent),
  });
});
