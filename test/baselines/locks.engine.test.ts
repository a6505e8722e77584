import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeBackup } from '../../src/backup/take-backup.ts';
import { openSnapshotSession } from '../../src/baselines/snapshot-session.ts';
import { backUp, backupContext, heldByDump, waitForLockQueue } from '../backup/scene.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { sinkState, someEvents } from '../freeze/scene.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { wrapPgDump } from './dump/wrapped-pg-dump.ts';

const bed = sharedBed();
const EVENTS = 300;
const never = new AbortController().signal;

describe('the locks of a backup', () => {
  let msr: Msr;
  let directory: string;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'locks', jobs: false });
    await msr.produce(someEvents(msr, EVENTS));
    await msr.waitForEvents(EVENTS);
  });
  afterAll(() => msr?.drop());

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  it('hold off what would empty a table between snapshot and dump', async () => {
    const session = await openSnapshotSession(msr.url('backup'), never);
    const emptying = msr.query('admin', async (client) => {
      await client.query(`SET application_name = 'emptying'`);
      await client.query('TRUNCATE msr.session');
    });
    await waitForLockQueue(msr, 'emptying');
    await session.exportSnapshot();
    const counted = await session.read((client) => client.query('SELECT FROM msr.cdc_event'));
    expect(counted.rowCount).toBe(EVENTS);
    await session.release();
    await emptying;
  });

  it('are let go and taken anew where something came between them and those of pg_dump', async () => {
    const lock = `SET application_name = 'overtaking'; BEGIN; LOCK TABLE msr.session IN ACCESS EXCLUSIVE MODE; COMMIT`;
    const waits = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'overtaking' AND wait_event_type = 'Lock'`;
    const script = [
      'if once overtaken; then',
      `  (for part in 1; do sql "${lock}"; done) > /dev/null 2>&1 < /dev/null &`,
      `  until [ "$(sql "${waits}")" = 1 ]; do :; done`,
      'fi',
      'real "$@"',
    ].join('\n');
    const notes: string[] = [];
    const ctx = backupContext(msr, directory, { MSR_PG_BIN: wrapPgDump(msr, directory, script) });
    const progress = { update: () => {}, note: (line: string) => notes.push(line) };
    const manifest = await takeBackup({ ...ctx, progress });
    expect(notes).toContain(
      'maintenance or a compression came between the locks of the backup and those of pg_dump; once more',
    );
    expect((await heldByDump(msr, directory, manifest)).numbers).toHaveLength(EVENTS);
    expect(await sinkState(msr)).toBe('RUNNING');
  });

  if (bed.edition === 'community') {
    it('hold off the compression of a chunk, which would be dumped empty', async () => {
      const session = await openSnapshotSession(msr.url('backup'), never);
      const compressing = msr.query('admin', async (client) => {
        await client.query(`SET application_name = 'compressing'`);
        await client.query(`SELECT compress_chunk(c) FROM show_chunks('msr.cdc_event') AS c`);
      });
      await waitForLockQueue(msr, 'compressing');
      await session.exportSnapshot();
      await session.release();
      await compressing;
      const manifest = await backUp(msr, directory);
      expect(manifest.events.count).toBe(EVENTS);
      expect(manifest.digests.reduce((sum, { count }) => sum + count, 0)).toBe(EVENTS);
    });
  }
});
