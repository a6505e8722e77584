import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readServer } from '../../../src/backup/contents/database-facts.ts';
import { readLeftBehind } from '../../../src/backup/contents/left-behind.ts';
import { readRelations } from '../../../src/backup/contents/relation-facts.ts';
import { readRoles } from '../../../src/backup/contents/role-facts.ts';
import { readDatabaseSettings } from '../../../src/backup/contents/settings-facts.ts';
import { type Session, withSession } from '../../../src/clients/postgres.ts';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { rebuildDerived } from '../../../src/recovery/rebuild/rebuild.ts';
import { createNewDatabase } from '../../../src/recovery/restore/new-database.ts';
import { restoreDatabase } from '../../../src/recovery/restore/restore.ts';
import { INSERT_EVENTS_SQL } from '../../bed/maintenance-truth.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';
import { makeBackup } from '../hand-made-backup.ts';
import { daysOfEvents } from '../msr-history.ts';
import { recoveryContext } from '../recovery-context.ts';
import { type BackedUpMsr, backedUpMsr } from './restored-msr.ts';

const bed = sharedBed();
const community = bed.edition === 'community';
/** The Apache edition has neither policies nor aggregates; a skipped test would count as failed. */
const itWithJobs = community ? it : undefined;
const admin = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
  withSession(bed.adminUrl, { purpose: 'test' }, work);

/** What a backup writes down of the database, as the role of backups sees it. */
async function facts(url: string): Promise<Partial<Manifest>> {
  return await withSession(url, { purpose: 'test' }, async (session) => ({
    server: await readServer(session),
    relations: await readRelations(session),
    roles: await readRoles(session),
    databaseSettings: await readDatabaseSettings(session),
    leftBehind: await readLeftBehind(session),
  }));
}

async function one<T>(session: Session, sql: string, values: unknown[] = []): Promise<T> {
  const { rows } = await session.query<{ it: T }>(sql, values);
  if (rows[0] === undefined) throw new Error(`no row: ${sql}`);
  return rows[0].it;
}

describe('a database in which strangers have made what they like', () => {
  let made: BackedUpMsr;
  let manifest: Manifest;
  let targetUrl: string;
  let remarks: readonly string[];
  const role = (name: string): string => `${bed.prefix}_${name}`;
  const extraRoles = ['readers', 'ann', 'evil', 'worker'].map(role);

  beforeAll(async () => {
    made = await backedUpMsr('whole', { days: 3 });
    const { msr, vault } = made;
    const [readers, ann, evil, worker] = extraRoles;
    await msr.query('admin', async (session) => {
      await session.query(`
        CREATE ROLE "${readers}"; CREATE ROLE "${ann}" LOGIN; CREATE ROLE "${evil}" LOGIN; CREATE ROLE "${worker}";
        GRANT USAGE ON SCHEMA msr TO "${readers}"; GRANT SELECT ON msr.session TO "${readers}";
        GRANT "${readers}" TO "${ann}" WITH ADMIN OPTION;
        ALTER ROLE "${ann}" SET work_mem = '77MB';
        ALTER DATABASE "${msr.database}" SET app.secret = 'hunter2';
        ALTER DATABASE "${msr.database}" SET search_path = "$user", msr, "a b";
        SELECT set_config('search_path', 'public;ALTER/**/ROLE/**/${evil}/**/SUPERUSER', false);
        ALTER ROLE "${evil}" IN DATABASE "${msr.database}" SET search_path FROM CURRENT;
        RESET search_path;
        CREATE VIEW msr.recent AS SELECT * FROM msr.cdc_event WHERE event_timestamp > now() - interval '1 minute';
        CREATE VIEW msr.at_random AS SELECT 1 AS one WHERE random() < 0.5;
        CREATE MATERIALIZED VIEW msr.per_table AS SELECT table_name, count(*) AS n FROM msr.cdc_event GROUP BY 1;
        CREATE MATERIALIZED VIEW msr.empty AS SELECT 1 AS one WITH NO DATA;
        CREATE MATERIALIZED VIEW msr.top AS SELECT max(n) AS n FROM msr.per_table;
        INSERT INTO msr.session (user_id, tenant_id, status, created_by, updated_by)
          VALUES ('late', 't', 'ACTIVE', 'late', 'late');
        CREATE TABLE msr."it's ""quoted""" (n int); INSERT INTO msr."it's ""quoted""" VALUES (1), (2);
        CREATE PUBLICATION whole_pub FOR TABLE msr.session;
        COMMENT ON TABLE msr.session IS 'of people';
        SELECT lo_from_bytea(4711, 'large');
        COMMENT ON DATABASE "${msr.database}" IS 'ours';`);
      if (community) {
        await session.query(
          `CREATE MATERIALIZED VIEW msr.hourly WITH (timescaledb.continuous) AS
           SELECT time_bucket('1 hour', event_timestamp) AS hour, count(*) AS n FROM msr.cdc_event GROUP BY 1`,
        );
        await session.query(
          `SELECT add_continuous_aggregate_policy('msr.hourly', INTERVAL '3 hours', INTERVAL '1 hour', INTERVAL '1 hour')`,
        );
        await session.query(
          `CREATE PROCEDURE msr.tidy(job int, config jsonb) LANGUAGE plpgsql AS 'BEGIN END';
           SELECT add_job('msr.tidy', INTERVAL '1 hour', scheduled => false);
           UPDATE _timescaledb_config.bgw_job SET owner = '"${worker}"' WHERE proc_name = 'tidy'`,
        );
      }
    });
    manifest = { ...(await makeBackup(bed, msr, vault)), ...(await facts(msr.url('backup'))) };
    // Who has rights by the group alone is not missed by PostgreSQL where he goes.
    await admin((session) => session.query(`DROP ROLE "${ann}"`));
    const restored = await restoreDatabase(recoveryContext(msr, vault), manifest);
    ({ targetUrl, remarks } = restored);
  });
  afterAll(async () => {
    await made.drop();
    await admin(async (session) => {
      for (const name of extraRoles) await session.query(`DROP ROLE IF EXISTS "${name}"`);
    });
  });

  const inside = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    withSession(targetUrl, { purpose: 'test' }, work);

  it('gives no right away by a setting that a role wrote as it liked', async () => {
    const evil = role('evil');
    expect(manifest.databaseSettings.settings).toContainEqual({
      role: evil,
      name: 'search_path',
      value: `public;ALTER/**/ROLE/**/${evil}/**/SUPERUSER`,
    });
    await admin(async (session) => {
      expect(await one(session, 'SELECT rolsuper AS it FROM pg_roles WHERE rolname = $1', [evil])).toBe(
        false,
      );
    });
    await inside(async (session) => {
      const stored = await session.query<{ role: string | null; entry: string }>(
        `SELECT r.rolname AS role, unnest(setconfig) AS entry FROM pg_db_role_setting s
         LEFT JOIN pg_roles r ON r.oid = s.setrole
         WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 2`,
      );
      expect(stored.rows).toContainEqual({ role: null, entry: 'search_path="$user", msr, "a b"' });
      expect(stored.rows).toContainEqual({
        role: evil,
        entry: `search_path="public;ALTER/**/ROLE/**/${evil}/**/SUPERUSER"`,
      });
    });
  });

  it('keeps no secret of a setting, and says what to set', () => {
    expect(JSON.stringify(manifest)).not.toContain('hunter2');
    expect(remarks).toContainEqual(
      expect.stringMatching(
        /^the setting app\.secret is a secret, which no backup holds: ALTER DATABASE "\w+" SET "app"\."secret" TO '…'$/,
      ),
    );
  });

  it('makes who reads by his group alone again, with his settings', async () => {
    const [readers, ann] = extraRoles;
    await admin(async (session) => {
      const found = await session.query(
        `SELECT r.rolcanlogin AS login, m.admin_option AS admin, g.rolname AS "group",
                (SELECT setconfig FROM pg_db_role_setting WHERE setrole = r.oid AND setdatabase = 0) AS settings
         FROM pg_roles r JOIN pg_auth_members m ON m.member = r.oid JOIN pg_roles g ON g.oid = m.roleid
         WHERE r.rolname = $1`,
        [ann],
      );
      expect(found.rows).toEqual([{ login: true, admin: true, group: readers, settings: ['work_mem=77MB'] }]);
    });
    expect(remarks).toContain(
      `role ${ann} was missing and was created without a password: set one before it is used`,
    );
  });

  itWithJobs?.('knows who owns nothing but a job', () => {
    expect(manifest.roles.map(({ name }) => name)).toContain(role('worker'));
  });

  it('counts what is data, by whatever name, and compares views by what they are', async () => {
    const byName = Object.fromEntries(manifest.relations.map(({ name, ...rest }) => [name, rest]));
    expect(byName[`it's "quoted"`]).toEqual({ kind: 'table', rows: 2 });
    expect(byName['recent']).toMatchObject({ kind: 'view', rows: 0 });
    expect(byName['empty']).toMatchObject({ kind: 'materialized-view', populated: false });
    expect(byName['per_table']).toMatchObject({ kind: 'materialized-view', populated: true });
    await inside(async (session) => {
      expect(
        await one(session, `SELECT relispopulated AS it FROM pg_class WHERE oid = 'msr.empty'::regclass`),
      ).toBe(false);
      expect(await one(session, 'SELECT sum(n)::int AS it FROM msr.per_table')).toBe(manifest.events.count);
      expect(await one(session, 'SELECT n = (SELECT max(n) FROM msr.per_table) AS it FROM msr.top')).toBe(
        true,
      );
    });
  });

  it('carries publications, comments and large objects, and says what stays behind', async () => {
    await inside(async (session) => {
      expect(await one(session, 'SELECT count(*)::int AS it FROM pg_publication_tables')).toBe(1);
      expect(await one(session, `SELECT obj_description('msr.session'::regclass) AS it`)).toBe('of people');
      expect(await one(session, `SELECT convert_from(lo_get(4711), 'UTF8') AS it`)).toBe('large');
    });
    expect(remarks).toContain(
      'comment on the database: ours is not carried over: COMMENT ON DATABASE gives it back; the recovered one says which recovery made it',
    );
  });

  itWithJobs?.('brings every aggregate up to what was replayed', async () => {
    const { msr, vault, events } = made;
    const late = daysOfEvents(msr, { from: 2.5, to: 0.2, perDay: 100, firstNumber: 100_001, seed: 23 });
    await inside(async (session) => {
      expect(await one(session, `SELECT count(*)::int AS it FROM msr.hourly`)).toBeGreaterThan(0);
      await session.query(INSERT_EVENTS_SQL, [JSON.stringify(late.map(({ payload }) => payload))]);
    });
    const { recoveryId } = await inside((session) =>
      session
        .query<{ recoveryId: string }>('SELECT recovery_id AS "recoveryId" FROM msr_recovery.recovery')
        .then(({ rows }) => rows[0] ?? { recoveryId: '' }),
    );
    const report = await rebuildDerived(recoveryContext(msr, vault, { recoveryId }), { targetUrl });
    expect(report.remarks).toEqual([]);
    await inside(async (session) => {
      const due = `date_trunc('hour', now() - INTERVAL '1 hour')`;
      const differ = await one<number>(
        session,
        `SELECT count(*)::int AS it FROM (
           (SELECT hour, n FROM msr.hourly WHERE hour < ${due} EXCEPT
            SELECT date_trunc('hour', event_timestamp), count(*) FROM msr.cdc_event GROUP BY 1)
           UNION ALL
           (SELECT date_trunc('hour', event_timestamp), count(*) FROM msr.cdc_event WHERE event_timestamp < ${due}
            GROUP BY 1 EXCEPT SELECT hour, n FROM msr.hourly)) AS d`,
      );
      expect(differ).toBe(0);
      const total = events.length + late.length;
      expect(await one(session, 'SELECT sum(n)::int AS it FROM msr.per_table')).toBe(total);
    });
  });
});

describe('a database of another locale', () => {
  it.each([
    ['ICU', `LOCALE_PROVIDER icu ICU_LOCALE 'de-DE-u-co-phonebk' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'`],
    ['rules of its own', `LOCALE_PROVIDER icu ICU_LOCALE 'und' ICU_RULES '&V << w <<< W' LOCALE 'C.UTF-8'`],
    ['LC_CTYPE apart from LC_COLLATE', `LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'`],
    ['the builtin provider', `LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'`],
  ])('is made again as it was: %s', async (_, clauses) => {
    const [from, to] = [`${bed.prefix}_locale_from`, `${bed.prefix}_locale_to`];
    onTestFinished(() =>
      admin(async (session) => {
        for (const name of [from, to]) await session.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      }),
    );
    await admin((session) =>
      session.query(`CREATE DATABASE "${from}" TEMPLATE template0 ENCODING 'UTF8' ${clauses}`),
    );
    const fromUrl = new URL(bed.adminUrl);
    fromUrl.pathname = `/${from}`;
    const server = await withSession(fromUrl.href, { purpose: 'test' }, async (session) => {
      await session.query('CREATE EXTENSION timescaledb');
      return await readServer(session);
    });
    const owner = decodeURIComponent(fromUrl.username);
    const manifest = sampleManifest({
      server,
      databaseSettings: { owner, acl: null, connectionLimit: -1, settings: [] },
    });
    await admin((session) => createNewDatabase(session, to, manifest, 'test'));
    const { rows } = await withClient(bed.adminUrl, (client) =>
      client.query(
        `SELECT to_jsonb(d) - 'oid' - 'datname' - 'datconnlimit' - 'datfrozenxid' - 'datminmxid' AS row
         FROM pg_database d WHERE datname IN ($1, $2)`,
        [from, to],
      ),
    );
    expect(rows[1]).toEqual(rows[0]);
  });

  it('is refused where the server does not have it', async () => {
    const server = {
      ...sampleManifest().server,
      locale: { provider: 'libc' as const, ctype: 'tlh_QO.UTF-8', name: null, rules: null },
    };
    const manifest = sampleManifest({
      server,
      databaseSettings: { owner: 'postgres', acl: null, connectionLimit: -1, settings: [] },
    });
    await expect(
      admin((session) => createNewDatabase(session, `${bed.prefix}_locale_no`, manifest, 'test')),
    ).rejects.toThrow('the server has no locale C.UTF-8 or tlh_QO.UTF-8 with encoding UTF8');
  });
});
