import { afterEach, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/health/check-result.ts';
import { runHealth } from '../../src/health/run-health.ts';
import type { Msr } from '../bed/bed.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitFor } from '../bed/wait.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const bed = sharedBed();
const PORTAL = 'cannot drop portal "" while it is being set up';

describe(`TimescaleDB's jobs, as the backup role sees them (${bed.edition} edition)`, () => {
  let msr: Msr | undefined;
  let made = 0;
  afterEach(async () => {
    await msr?.drop();
    msr = undefined;
  });

  /** @param jobs whether TimescaleDB starts them */
  async function newMsr(jobs: boolean): Promise<Msr> {
    made += 1;
    msr = await bed.createMsr({ name: `jobs${made}`, partitions: 1, sink: false, jobs });
    return msr;
  }

  async function jobsOf(of: Msr): Promise<CheckResult> {
    const { vault, directory } = temporaryVault();
    const { results } = await runHealth({
      ...{ env: of.env(directory), vault, now: new Date(), signal: AbortSignal.timeout(60_000) },
      ...{ instance: null, runsHere: true, only: ['jobs'] },
    });
    const [result] = results;
    if (result === undefined) throw new Error('it was not checked');
    return result;
  }

  const admin = (of: Msr, sql: string) => of.query('admin', (session) => session.query(sql));

  /** Makes a job, and waits for the end of its first run. */
  async function runJob(of: Msr, name: string, body: string): Promise<void> {
    await admin(
      of,
      `CREATE PROCEDURE public.${name}(job_id int, config jsonb) LANGUAGE plpgsql AS $$ BEGIN ${body}; END $$;
       SELECT add_job('public.${name}'::regproc, '1 day'::interval, initial_start => now())`,
    );
    await waitFor(`the job ${name} to end`, async () => {
      const { rows } = await admin(
        of,
        `SELECT FROM timescaledb_information.job_stats s JOIN timescaledb_information.jobs j USING (job_id)
         WHERE j.proc_name = '${name}' AND s.last_run_status IS NOT NULL`,
      );
      return rows.length > 0;
    });
  }

  if (bed.edition === 'apache') {
    it('are none in the Apache edition, which is said and nobody is told of', async () => {
      const result = await jobsOf(await newMsr(true));
      expect([result.status, result.severity, result.evidence]).toEqual([
        ...['ok', 'none'],
        ['there are no background jobs (Apache edition)'],
      ]);
    });
    return;
  }

  it('are well where they have done their work, or are said to have failed after it', async () => {
    const of = await newMsr(true);
    await runJob(of, 'works', 'CREATE TABLE public.its_work AS SELECT 1 AS done');
    const result = await waitFor('all of them to have run', async () => {
      const { rows } = await admin(
        of,
        `SELECT FROM timescaledb_information.jobs j LEFT JOIN timescaledb_information.job_stats s USING (job_id)
         WHERE j.job_id >= 1000 AND s.last_run_status IS NULL`,
      );
      return rows.length === 0 ? await jobsOf(of) : undefined;
    });
    expect((await admin(of, 'SELECT done FROM public.its_work')).rows).toEqual([{ done: 1 }]);
    const { rows: errors } = await admin(
      of,
      'SELECT DISTINCT err_message FROM timescaledb_information.job_errors',
    );
    // PostgreSQL 17.12 with TimescaleDB 2.22: work that was committed is called failed.
    if (errors.length > 0) {
      expect(errors).toEqual([{ err_message: PORTAL }]);
      expect([result.status, result.severity]).toEqual(['warning', 'ticket']);
      expect(result.evidence).toEqual([
        expect.stringMatching(
          /^5 jobs, .* are reported failed although the work is done: cannot drop portal/,
        ),
      ]);
      expect(result.hint).toContain('their work is done all the same');
    } else {
      expect([result.status, result.evidence]).toEqual([
        'ok',
        ['none of 5 background jobs fails or is late'],
      ]);
    }
  });

  it('are told where one fails in truth, before those that only seem to', async () => {
    const of = await newMsr(true);
    await runJob(of, 'fails', "RAISE EXCEPTION 'the disk of the archive is full'");
    const result = await jobsOf(of);
    expect([result.status, result.severity]).toEqual(['warning', 'ticket']);
    expect(result.evidence[0]).toMatch(
      /^job \d+ \(fails\) has failed \(1 of 1 runs\): the disk of the archive is full$/,
    );
    expect(result.hint).toContain('job_errors');
  });

  it('are told where nobody starts them, and where one is overdue', async () => {
    const of = await newMsr(false);
    const stopped = await jobsOf(of);
    expect([stopped.severity, stopped.evidence]).toEqual([
      'ticket',
      ["TimescaleDB's scheduler does not run in this database: 4 jobs are not started"],
    ]);
    await admin(
      of,
      `SELECT alter_job(job_id, next_start => now() - interval '3 hours')
       FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'`,
    );
    const overdue = await jobsOf(of);
    expect(overdue.evidence[1]).toMatch(
      /^job \d+ \(policy_refresh_continuous_aggregate on msr.entity_last_states\) is overdue by 180 min$/,
    );
    await of.startJobs();
    const over = await waitFor('the scheduler to have run them', async () => {
      const result = await jobsOf(of);
      return /overdue|scheduler/.test(result.evidence.join()) ? undefined : result;
    });
    expect(over.evidence[0]).toMatch(/^(none of 4 background jobs|.*although the work is done)/);
  });

  it('that sleep are counted, and those that are gone are told', async () => {
    const of = await newMsr(false);
    await admin(
      of,
      'SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs WHERE job_id >= 1000',
    );
    expect((await jobsOf(of)).evidence).toEqual([
      'none of 4 background jobs fails or is late; 4 of them sleep',
    ]);
    await admin(of, 'SELECT delete_job(job_id) FROM timescaledb_information.jobs WHERE job_id >= 1000');
    const gone = await jobsOf(of);
    expect([gone.severity, gone.evidence[0]]).toEqual([
      'ticket',
      'there are no background jobs: nothing is compressed, and no aggregate refreshed',
    ]);
  });
});
