import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '../../../src/clients/postgres.ts';
import type { RecoveryContext } from '../../../src/recovery/context.ts';
import { dropLeftovers, findLeftovers } from '../../../src/recovery/cutover/cleanup.ts';
import { type RenameOptions, renameIntoPlace } from '../../../src/recovery/cutover/rename.ts';
import { copySmallTables } from '../../../src/recovery/cutover/small-tables.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';
import { recoveryContext } from '../recovery-context.ts';
import { databasesOf, makeRecovered, namesOf, RECOVERY_ID } from './scene.ts';

const bed = sharedBed();

describe('the live name', () => {
  let msr: Msr;
  let ctx: RecoveryContext;
  let options: RenameOptions;
  let liveOid: number | undefined;

  beforeEach(async () => {
    msr = await bed.createMsr({ name: 'rename', sink: false, jobs: false });
    ctx = recoveryContext(msr, temporaryVault().vault, { recoveryId: RECOVERY_ID });
    const { oid } = await makeRecovered(bed, msr, []);
    const { live, recovered, old } = namesOf(msr);
    const comment = 'kept by a test';
    liveOid = (await databasesOf(bed, msr)).find(({ name }) => name === live)?.oid;
    options = { live, incoming: { name: recovered, oid }, keepAs: old, comment, afterFailure: 'open' };
    await msr.query('admin', (session) => session.query(`COMMENT ON DATABASE ${live} IS 'production'`));
  });
  afterEach(() => msr?.drop());

  it('moves while clients are busy, reconnect, hold transactions, or are superusers', async () => {
    const superuser = await openSession(msr.url('admin'), { purpose: 'idle superuser' });
    const inTransaction = await openSession(msr.url('owner'), { purpose: 'idle in transaction' });
    await inTransaction.query('BEGIN; SELECT count(*) FROM msr.session');
    const stop = new AbortController();
    const clients = ['api', 'sink', 'backup', 'admin'].map((role) =>
      reconnectForEver(msr.url(role as 'api' | 'admin'), stop.signal),
    );
    const { seconds, kept } = await renameIntoPlace(ctx, { ...options, connectionLimit: 77 });
    const oids = await msr.query('api', async (api) => {
      const { rows } = await api.query<{ oid: number }>(
        'SELECT oid FROM pg_database WHERE datname = current_database()',
      );
      return rows.map(({ oid }) => oid);
    });
    stop.abort();
    expect((await Promise.all(clients)).every((answers) => answers > 0)).toBe(true);
    await Promise.all([superuser.end(), inTransaction.end()]);
    expect({ kept, oids }).toEqual({ kept: true, oids: [options.incoming.oid] });
    expect(seconds).toBeLessThan(20);
    const [live, old] = await databasesOf(bed, msr);
    expect(live).toMatchObject({ open: true, comment: 'production', oid: options.incoming.oid });
    expect(old).toMatchObject({ open: false, comment: 'kept by a test', oid: liveOid });
    expect(await connectionLimit()).toBe(77);
    expect(await renameIntoPlace(ctx, options)).toEqual({ seconds: 0, kept: false });
  });

  it.each(['open', 'fenced'] as const)(
    'stays, and is open, where something fails: the other one is %s',
    async (afterFailure) => {
      const failing = renameIntoPlace(ctx, {
        ...options,
        afterFailure,
        whileFenced: async () => {
          expect((await databasesOf(bed, msr)).map(({ open }) => open)).toEqual([false, false]);
          throw new Error('the copy failed');
        },
      });
      await expect(failing).rejects.toThrow('the copy failed');
      const [live, recovered] = await databasesOf(bed, msr);
      expect(live).toMatchObject({ open: true, oid: liveOid, comment: 'production' });
      expect(recovered).toMatchObject({ open: afterFailure === 'open', oid: options.incoming.oid });
    },
  );

  it('is taken where nobody has it any more', async () => {
    await withClient(bed.adminUrl, (admin) => admin.query(`DROP DATABASE ${options.live} WITH (FORCE)`));
    expect(await renameIntoPlace(ctx, options)).toMatchObject({ kept: false });
    expect(await databasesOf(bed, msr)).toMatchObject([{ open: true, oid: options.incoming.oid }]);
  });

  it('keeps sessions and configuration of the old database, but for what is damaged there', async () => {
    const old = await openSession(msr.url('admin'), { purpose: 'old' });
    const recovered = await openSession(msr.url('admin', options.incoming.name), { purpose: 'recovered' });
    const rows = async (table: string) =>
      (await recovered.query(`SELECT * FROM msr.${table} AS t ORDER BY t::text`)).rows;
    await old.query(`INSERT INTO msr.session (user_id, tenant_id, status, created_by, updated_by)
      VALUES (E'tab\\there', 'ü', 'ACTIVE', '\\N', '')`);
    await old.query(`UPDATE msr.configuration SET value = '9' WHERE config_key = 'MAX_PLAYBACK_RANGE'`);
    const copied = { from: 'old database' };
    expect(await copySmallTables(old, recovered)).toMatchObject([copied, copied]);
    expect(await rows('session')).toEqual(
      (await old.query('SELECT * FROM msr.session AS t ORDER BY t::text')).rows,
    );
    expect(await rows('configuration')).toContainEqual(
      expect.objectContaining({ config_key: 'MAX_PLAYBACK_RANGE', value: '9' }),
    );
    const before = [await rows('session'), await rows('configuration')];
    await old.query(`DELETE FROM msr.configuration WHERE config_key = 'MAX_ACTIVE_SESSIONS'`);
    await old.query('ALTER TABLE msr.session DROP COLUMN occ_lock');
    expect(await copySmallTables(old, recovered)).toMatchObject([
      { table: 'msr.session', from: 'backup', why: expect.stringContaining('its columns differ') },
      {
        table: 'msr.configuration',
        from: 'backup',
        why: 'the old database has lost the keys MAX_ACTIVE_SESSIONS',
      },
    ]);
    await old.query('DROP TABLE msr.session, msr.configuration CASCADE');
    expect(await copySmallTables(old, recovered)).toMatchObject([
      { from: 'backup', why: 'the old database has no table msr.session' },
      { from: 'backup', why: 'the old database has no table msr.configuration' },
    ]);
    expect([await rows('session'), await rows('configuration')]).toEqual(before);
    await Promise.all([old.end(), recovered.end()]);
  });

  it('is never among what cleanup finds, and what an unfinished recovery needs is not dropped', async () => {
    const { recovered, old } = namesOf(msr);
    const building = await findLeftovers(ctx.settings);
    expect(building).toMatchObject([{ database: recovered, kind: 'new', recoveryId: RECOVERY_ID }]);
    await expect(dropLeftovers(ctx.settings, building, new Set([RECOVERY_ID]))).rejects.toThrow(
      `${recovered} is in use by the unfinished recovery ${RECOVERY_ID}`,
    );
    await renameIntoPlace(ctx, options);
    // Listed before the cutover: that database is the live one now.
    await expect(dropLeftovers(ctx.settings, building, new Set())).rejects.toThrow(
      `${recovered} is not what it was when it was listed: it is ${msr.database} now`,
    );
    const leftovers = await findLeftovers(ctx.settings);
    expect(leftovers).toMatchObject([{ database: old, kind: 'old', comment: 'kept by a test' }]);
    await dropLeftovers(ctx.settings, leftovers, new Set());
    await dropLeftovers(ctx.settings, leftovers, new Set());
    expect(await databasesOf(bed, msr)).toMatchObject([{ name: msr.database, oid: options.incoming.oid }]);
  });

  async function connectionLimit(): Promise<number | undefined> {
    return await withClient(bed.adminUrl, async (admin) => {
      const { rows } = await admin.query<{ datconnlimit: number }>(
        'SELECT datconnlimit FROM pg_database WHERE datname = $1',
        [msr.database],
      );
      return rows[0]?.datconnlimit;
    });
  }
});

/**
 * As a pooler does: connects, asks, and connects again at once when it is thrown out.
 * Answers how often it could.
 */
async function reconnectForEver(url: string, stop: AbortSignal): Promise<number> {
  let answers = 0;
  while (!stop.aborted || answers === 0) {
    try {
      const session = await openSession(url, { purpose: 'pooler' });
      try {
        for (let i = 0; i < 20 && !stop.aborted; i++) {
          await session.query('SELECT count(*) FROM pg_class');
          answers++;
        }
      } finally {
        await session.end();
      }
    } catch {
      // Thrown out, or not let in: that is what the rename is tested against.
    }
  }
  return answers;
}
