import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { withClient } from '../bed/timescale/server.ts';
import { waitFor } from '../bed/wait.ts';
import { sinkState, someEvents, type Tally } from '../freeze/scene.ts';
import { type MsrResult, runMsr } from './run-msr.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-hostile-test-'));
const { sink, backup, api } = bed.roles;

/** What the database says to everyone's sessions. */
const SETTINGS: Readonly<Record<string, string>> = {
  datestyle: `'German'`,
  intervalstyle: `'sql_standard'`,
  timezone: `'Asia/Kathmandu'`,
  bytea_output: `'escape'`,
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  quote_all_identifiers: 'on',
  default_transaction_read_only: 'on',
  default_transaction_isolation: `'serializable'`,
  statement_timeout: `'150ms'`,
  lock_timeout: `'1ms'`,
  idle_in_transaction_session_timeout: `'1s'`,
  idle_session_timeout: `'1s'`,
  transaction_timeout: `'150ms'`,
  session_replication_role: `'replica'`,
  search_path: 'evil, pg_catalog, public',
};
/** Which of them MSR's own sink could not live with. */
const NOT_FOR_THE_SINK = {
  ...{ default_transaction_read_only: 'off', statement_timeout: '0', lock_timeout: '0' },
  ...{ idle_in_transaction_session_timeout: '0', idle_session_timeout: '0', transaction_timeout: '0' },
};

/** Shadows what a statement with a bare name would mean, and an event trigger that allows no DDL. */
const EVIL = `
CREATE SCHEMA evil;
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '1970-01-01Z' $$;
CREATE FUNCTION evil.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'German' $$;
CREATE AGGREGATE evil.count(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '41');
CREATE VIEW evil.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false;
CREATE TABLE evil.cdc_event (entity_id text);
CREATE FUNCTION evil.refuse() RETURNS event_trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'no DDL in this database'; END $$;
ALTER TABLE msr.session ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON msr.session USING (user_id = current_user);
CREATE EVENT TRIGGER no_ddl ON ddl_command_start WHEN TAG IN ('CREATE SCHEMA', 'CREATE TABLE', 'ALTER TABLE')
  EXECUTE FUNCTION evil.refuse();`;

let msr: Msr;
let produced = 0;

/** The tests' own eyes, which none of it reaches. */
const CLEAR = [
  'search_path=pg_catalog',
  ...['statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_session_timeout'].map(
    (name) => `${name}=0`,
  ),
  ...['default_transaction_read_only=off', 'event_triggers=off', 'datestyle=ISO', 'role=none'],
].map((setting) => `-c ${setting}`);

function look<T extends object>(sql: string): Promise<T[]> {
  const url = `${msr.url('admin')}?options=${encodeURIComponent(CLEAR.join(' '))}`;
  return withClient(url, async (client) => (await client.query<T>(sql)).rows);
}

async function tally(): Promise<Tally | undefined> {
  const [found] = await look<Tally>(
    `SELECT count(*)::int AS rows, count(DISTINCT entity_state ->> 'n')::int AS numbers FROM msr.cdc_event`,
  );
  return found;
}

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

/** Row level security of this database hides its sessions from the API, too: it is not asked. */
function unserved(...args: string[]): Promise<MsrResult> {
  const { MSR_API_URL: _, MSR_API_TOKEN: __, ...env } = msr.env(vault);
  return runMsr(args, env);
}

function expectEnd(result: MsrResult, exitCode: number): MsrResult {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
  return result;
}

async function produceMore(): Promise<void> {
  await msr.produce(someEvents(msr, 300, produced + 1));
  produced += 300;
  await waitFor(`${produced} events`, async () => ((await tally())?.rows ?? 0) >= produced);
}

async function expectEverythingOnce(): Promise<void> {
  await produceMore();
  expect(await tally()).toEqual({ rows: produced, numbers: produced });
  expect(await sinkState(msr)).toBe('RUNNING');
}

/** Settings of the database that holds the live name, and of roles in it. */
async function settings(): Promise<readonly string[]> {
  const found = await look<{ entry: string }>(
    `SELECT coalesce(r.rolname, '') || ' ' || entry AS entry
     FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS entry
     LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1`,
  );
  // Under quote_all_identifiers the server quotes the names of a list that need it not.
  return found.map(({ entry }) => entry.replaceAll('"', ''));
}

async function makeHostile(): Promise<void> {
  const database = escapeIdentifier(msr.database);
  const of = (role: string) => `ALTER ROLE ${escapeIdentifier(role)} IN DATABASE ${database} SET`;
  await look(EVIL);
  await look(`GRANT ${escapeIdentifier(api.user)} TO ${escapeIdentifier(backup.user)}`);
  await look(`${of(backup.user)} role = ${escapeIdentifier(api.user)}`);
  for (const [name, value] of Object.entries(NOT_FOR_THE_SINK))
    await look(`${of(sink.user)} ${name} = ${value}`);
  for (const [name, value] of Object.entries(SETTINGS))
    await look(`ALTER DATABASE ${database} SET ${name} = ${value}`);
}

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'hostile' });
  await produceMore();
  expectEnd(await run('backup', '--ignore-maintenance'), 0);
  // From now on a marker tells which offsets belong to the live database.
  expectEnd(await run('recover', '--force', '--yes'), 0);
  await produceMore();
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  if (msr === undefined) return;
  await look(`ALTER ROLE ${escapeIdentifier(backup.user)} NOBYPASSRLS`);
  await look(`REVOKE ${escapeIdentifier(api.user)} FROM ${escapeIdentifier(backup.user)}`);
  await msr.drop();
});

describe('a live database that writes dates in the style', () => {
  // brianc/node-postgres#2640: what the driver cannot read as a date was null, and
  // null was 'still to be set'.
  it.each(['German', 'SQL, DMY', 'Postgres, DMY'])(
    '%s is backed up, and nothing is set back',
    async (style) => {
      await look(`ALTER DATABASE ${escapeIdentifier(msr.database)} SET datestyle = '${style}'`);
      expectEnd(await run('backup', '--ignore-maintenance'), 0);
      await expectEverythingOnce();
      const { stdout } = expectEnd(await run('validate', '--json'), 0);
      expect(JSON.parse(stdout).checks).toContainEqual({
        name: 'events',
        outcome: 'passed',
        fact: expect.stringMatching(new RegExp(`^${produced} events from 20\\d\\d-.*Z to 20\\d\\d-.*Z$`)),
      });
    },
  );
});

describe('a live database that is hostile to every session', () => {
  let before: readonly string[];

  beforeAll(async () => {
    // timescale/timescaledb#10573: an event beyond all time.
    await look(
      `INSERT INTO msr.cdc_event VALUES ('beyond', '{"n": "beyond"}', 'c', 'infinity', 'gis.geo_entity')`,
    );
    produced += 1;
    await makeHostile();
    before = await settings();
  });

  it('is not backed up by a role that row level security keeps rows from, and nothing is stopped', async () => {
    const refused = expectEnd(await run('backup', '--ignore-maintenance'), 1);
    const { user } = backup;
    expect(refused.stderr).toContain(
      `role ${user} lacks the right to see every row of msr.session (row level security)\nHINT: ALTER ROLE "${user}" BYPASSRLS\n`,
    );
    expect(refused.stderr).not.toContain('stopp');
    const doctor = JSON.parse((await run('doctor', '--json')).stdout);
    expect(doctor.checks).toContainEqual(
      expect.objectContaining({ name: 'backup role', commands: [`ALTER ROLE "${user}" BYPASSRLS;`] }),
    );
    await look(`ALTER ROLE ${escapeIdentifier(user)} BYPASSRLS`);
  });

  it('is looked at, validated and backed up', async () => {
    const doctor = JSON.parse((await run('doctor', '--json')).stdout);
    for (const name of [
      'database contents',
      'configuration',
      'backup role',
      'recovery role',
      'sink database',
    ]) {
      expect(doctor.checks).toContainEqual(expect.objectContaining({ name, outcome: 'ok' }));
    }
    expectEnd(await run('validate', '--no-api'), 0);
    expectEnd(await run('backup', '--ignore-maintenance'), 0);
    const listed = JSON.parse((await run('backups', 'list', '--json')).stdout);
    expect((await run('backups', 'show', listed.backups[0]?.id)).stdout).toContain('… infinity');
  });

  it('is recovered, every event once, and has its settings again', async () => {
    await produceMore();
    const recovered = expectEnd(await unserved('recover', '--force', '--yes'), 2);
    expect(recovered.stdout).toMatch(/verdict +RECOVERED; THE MSR API WAS NOT TESTED\n$/);
    await expectEverythingOnce();
    expect(await settings()).toEqual(before);
  });

  it('gets its name back by an undo, and is validated then', async () => {
    expectEnd(await unserved('recover', '--undo', '--yes'), 2);
    await expectEverythingOnce();
    expectEnd(await run('validate', '--no-api'), 0);
  });
});
