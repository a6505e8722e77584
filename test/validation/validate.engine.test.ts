import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSession } from '../../src/clients/postgres.ts';
import { readDigests } from '../../src/ledger/read-digests.ts';
import { readJobs } from '../../src/live/jobs.ts';
import type { ValidationReport } from '../../src/validation/report.ts';
import { type ValidationOptions, validateDatabase } from '../../src/validation/validate.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { daysOfEvents, insertEvents } from '../recovery/msr-history.ts';

const bed = sharedBed();
const community = bed.edition === 'community';
let msr: Msr;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'validate', sink: false });
  // The jobs of a Community server would compress and refresh while the tests look.
  await msr.query('admin', (session) =>
    session.query('SELECT _timescaledb_functions.stop_background_workers()'),
  );
  await insertEvents(msr, daysOfEvents(msr, { from: 8, to: 0, perDay: 50 }));
  await msr.refreshAggregate();
});
afterAll(() => msr.drop());

/** The checks that did not pass and are not left out, as `name: fact`. */
function faults({ checks }: ValidationReport): string[] {
  return checks.flatMap(({ name, outcome, fact, hint }) => {
    if (outcome === 'passed' || outcome === 'not run') return [];
    expect(hint).not.toBe('');
    return [`${name}: ${fact}`];
  });
}

/** Validates while `damage` is done, as the least privileged role that can; then undoes it with `mend`. */
async function whileDamaged(
  damage: string,
  mend: string,
  options: ValidationOptions = {},
): Promise<ValidationReport> {
  await msr.query('admin', (session) => session.query(damage));
  try {
    return await validateDatabase(msr.url('backup'), options);
  } finally {
    await msr.query('admin', (session) => session.query(mend));
  }
}

describe('a whole database', () => {
  it.each(['backup', 'api', 'admin'] as const)('is recovered in the eyes of the role %s', async (role) => {
    const report = await validateDatabase(msr.url(role));
    expect(faults(report)).toEqual([]);
    expect(report.verdict).toBe('recovered');
    const notRun = report.checks.filter(({ outcome }) => outcome === 'not run').map(({ name }) => name);
    expect(notRun).toEqual(community ? ['digests'] : ['continuous aggregate', 'digests', 'jobs']);
    expect(report.checks.find(({ name }) => name === 'events')?.fact).toMatch(/^400 events from /);
  });

  it('is that also against what it must hold', async () => {
    const [digests, jobs] = await withSession(msr.url('backup'), { purpose: 'test' }, async (session) => [
      await readDigests(session),
      await readJobs(session),
    ]);
    const expected = { events: 400, digests, jobs };
    expect(await validateDatabase(msr.url('backup'), { expected })).toMatchObject({ verdict: 'recovered' });
    const other = await validateDatabase(msr.url('backup'), {
      expected: { ...expected, events: 401, digests: digests.slice(1) },
    });
    expect(other.verdict).toBe('not recovered');
    expect(faults(other)).toEqual([
      'events: 400 events instead of 401',
      expect.stringMatching(/^digests: gis\.\w+ in the hour of \S+ has \d+ events instead of 0$/),
    ]);
  });

  it('is not read event by event while the sink stands still', async () => {
    const report = await validateDatabase(msr.url('backup'), {
      depth: 'structure',
      expected: { digests: [] },
    });
    expect(report.verdict).toBe('recovered');
    expect(report.checks.find(({ name }) => name === 'events')?.fact).toMatch(/^events from /);
    expect(report.checks.find(({ name }) => name === 'digests')?.outcome).toBe('not run');
  });
});

describe('a damaged database', () => {
  it.each([
    [
      'a table is gone',
      'ALTER TABLE msr.session RENAME TO seance',
      'ALTER TABLE msr.seance RENAME TO session',
      'seven tables: session is missing',
    ],
    [
      'a table is of another kind',
      'ALTER TABLE msr.session RENAME TO seance; CREATE VIEW msr.session AS SELECT * FROM msr.seance',
      'DROP VIEW msr.session; ALTER TABLE msr.seance RENAME TO session',
      'seven tables: session is a view, not a table',
    ],
    [
      'a column is of another type',
      'ALTER TABLE msr.cdc_event RENAME COLUMN op TO operation',
      'ALTER TABLE msr.cdc_event RENAME COLUMN operation TO op',
      'columns of cdc_event: cdc_event: op is missing, not character(1)',
    ],
    [
      'a required entry is gone',
      `UPDATE msr.configuration SET config_key = 'X' WHERE config_key = 'MAX_PLAYBACK_RANGE'`,
      `UPDATE msr.configuration SET config_key = 'MAX_PLAYBACK_RANGE' WHERE config_key = 'X'`,
      'configuration: MAX_PLAYBACK_RANGE is missing',
    ],
    [
      'the pointer is gone',
      'ALTER TABLE msr.snapshot_pointer DROP CONSTRAINT snapshot_pointer_id_check; UPDATE msr.snapshot_pointer SET id = 2',
      'UPDATE msr.snapshot_pointer SET id = 1; ALTER TABLE msr.snapshot_pointer ADD CHECK (id = 1)',
      'snapshot pointer: snapshot_pointer has no row',
    ],
    [
      'an index is not valid',
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'msr.cdc_event_time_idx'::regclass`,
      `UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'msr.cdc_event_time_idx'::regclass`,
      'indexes: invalid: msr.cdc_event_time_idx',
    ],
  ])('is not recovered: %s', async (_, damage, mend, fault) => {
    const report = await whileDamaged(damage, mend);
    expect(faults(report)).toEqual([fault]);
    expect(report.verdict).toBe('not recovered');
  });

  it('is not recovered: it was left in restoring mode', async () => {
    const report = await whileDamaged(
      `ALTER DATABASE "${msr.database}" SET timescaledb.restoring = 'on'`,
      `ALTER DATABASE "${msr.database}" RESET timescaledb.restoring`,
    );
    expect(faults(report)).toEqual([
      'restoring mode: timescaledb.restoring is on: compressed events are invisible, the sink cannot write',
    ]);
  });

  if (community) {
    it('is not recovered: its jobs are not as they were', async () => {
      const jobs = await msr.query('admin', (session) => readJobs(session));
      const alter = (scheduled: boolean): string =>
        `SELECT alter_job(job_id, scheduled => ${scheduled}) FROM timescaledb_information.jobs
         WHERE proc_name = 'policy_retention'`;
      const report = await whileDamaged(alter(false), alter(true), { expected: { jobs } });
      expect(faults(report)).toEqual([
        'jobs: not there any more: _timescaledb_functions.policy_retention on msr.entity_last_states, scheduled; ' +
          'was not there: _timescaledb_functions.policy_retention on msr.entity_last_states, asleep',
      ]);
      const awake = await validateDatabase(msr.url('admin'), { expected: { jobsAsleep: true } });
      expect(faults(awake)).toEqual([expect.stringMatching(/^jobs: /)]);
    });
  }
});

describe('a database that cannot be looked at', () => {
  it('could not be verified: rights are missing', async () => {
    const report = await validateDatabase(msr.url('sink'));
    expect(report.verdict).toBe('could not verify');
    expect(faults(report)).toContain('events: permission denied for table cdc_event');
  });

  it('could not be verified: wrong password, no server', async () => {
    const password = new URL(msr.url('backup'));
    password.password = 'wrong';
    const nowhere = new URL(msr.url('backup'));
    nowhere.port = '1';
    for (const url of [password.href, nowhere.href]) {
      const report = await validateDatabase(url);
      expect(report.verdict).toBe('could not verify');
      expect(JSON.stringify(report)).not.toContain(bed.roles.backup.password);
    }
  });

  it('is not recovered: there is no such database, or no TimescaleDB in it', async () => {
    const missing = await validateDatabase(msr.url('backup', `${msr.database}_missing`));
    expect(missing.verdict).toBe('not recovered');
    const plainName = `${msr.database}_plain`;
    await msr.query('admin', (session) => session.query(`CREATE DATABASE "${plainName}" TEMPLATE template0`));
    const plain = await validateDatabase(msr.url('admin', plainName));
    expect(faults(plain)).toEqual(['timescaledb: the database has no TimescaleDB extension']);
  });
});
