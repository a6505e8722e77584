import { describe, expect, it } from 'vitest';
import { type JobHealth, type JobsHealth, judgeJobs } from '../../src/health/judge-jobs.ts';

const job: JobHealth = {
  name: 'job 1000 (policy_compression on msr.cdc_event)',
  ...{ scheduled: true, lastStatus: 'Success', runs: 10, failures: 0, intervalSeconds: 1800 },
  ...{ overdueSeconds: 0, runningSeconds: null, lastError: null },
};
const PORTAL = 'cannot drop portal "" while it is being set up';
const community = (jobs: readonly JobHealth[], scheduler = true): JobsHealth => ({
  ...{ edition: 'community', scheduler, jobs },
});
const failed = (lastError: string | null, more: Partial<JobHealth> = {}): JobHealth => ({
  ...{ ...job, lastStatus: 'Failed', failures: 3, lastError },
  ...more,
});

describe('background jobs', () => {
  it.each<[string, JobsHealth, string, RegExp, RegExp | undefined]>([
    ['that run', community([job, job]), 'none', /^none of 2 background jobs fails or is late$/, undefined],
    [
      'of which one sleeps',
      community([job, { ...job, scheduled: false }]),
      'none',
      /is late; 1 of them sleep$/,
      undefined,
    ],
    [
      'that the Apache edition lacks',
      { ...community([], false), edition: 'apache' },
      'none',
      /^there are no background jobs \(Apache edition\)$/,
      undefined,
    ],
    ['that are gone', community([]), 'ticket', /^there are no background jobs: nothing is/, /msr validate/],
    [
      'that fail',
      community([failed('deadlock detected')]),
      'ticket',
      /^job 1000 \(policy_compression on msr.cdc_event\) has failed \(3 of 10 runs\): deadlock detected$/,
      /job_errors/,
    ],
    [
      'that have failed too often',
      community([failed(null, { scheduled: false })]),
      'ticket',
      /, and is no longer started: no message is kept$/,
      /job_errors/,
    ],
    [
      'that are called failed after their work was done',
      community([failed(PORTAL), failed(PORTAL)]),
      'ticket',
      /^2 jobs, job 1000 .* among them, are reported failed although the work is done: cannot drop portal/,
      /their work is done all the same/,
    ],
    [
      'one of which fails in truth',
      community([failed(PORTAL), failed('no such chunk')]),
      'ticket',
      /no such chunk$/,
      /job_errors/,
    ],
    [
      'that are overdue',
      community([{ ...job, overdueSeconds: 9000 }]),
      'ticket',
      /is overdue by 150 min$/,
      /workers/,
    ],
    [
      'that are a little late',
      community([{ ...job, overdueSeconds: 3500 }]),
      'none',
      /^none of 1/,
      undefined,
    ],
    [
      'that do not end',
      community([{ ...job, lastStatus: null, runningSeconds: 30_000 }]),
      'ticket',
      /^job 1000 .* began 500 min ago and has not ended$/,
      /workers/,
    ],
    [
      'that have work to do',
      community([{ ...job, lastStatus: null, runningSeconds: 20_000 }]),
      'none',
      /./,
      undefined,
    ],
    [
      'that nobody starts',
      community([{ ...job, lastStatus: null, runs: 0 }], false),
      'ticket',
      /^TimescaleDB's scheduler does not run in this database: 1 jobs are not started$/,
      /restart_background_workers/,
    ],
    ['of a server that was started a moment ago', community([job], false), 'none', /./, undefined],
    [
      'that all sleep',
      community([{ ...job, scheduled: false, runs: 0 }], false),
      'none',
      /1 of them sleep/,
      undefined,
    ],
  ])('%s', (_, given, severity, fact, hint) => {
    const judged = judgeJobs(given);
    expect([judged.severity, judged.evidence[0]]).toEqual([severity, expect.stringMatching(fact)]);
    if (hint === undefined) expect(judged.hint).toBeUndefined();
    else expect(judged.hint).toMatch(hint);
  });

  it('are counted, and only some of them told', () => {
    const judged = judgeJobs(community(Array.from({ length: 20 }, () => failed('no such chunk'))));
    expect([judged.value, judged.evidence.length]).toEqual([20, 6]);
  });
});
