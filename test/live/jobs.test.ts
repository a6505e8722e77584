import { describe, expect, it } from 'vitest';
import { compareJobs, type JobFlag } from '../../src/live/jobs.ts';

const job = (procedure: string, hypertable: string | null, scheduled = true): JobFlag => ({
  procedure,
  hypertable,
  scheduled,
});

describe('compareJobs', () => {
  const before = [
    job('ts.refresh', 'msr.last'),
    job('ts.retention', 'msr.last', false),
    job('app.own', null),
  ];

  it('finds nothing where they are as they were, in whatever order', () => {
    expect(compareJobs(before, [...before].reverse())).toEqual([]);
  });

  it('names a flag that changed, a job that went and one that came', () => {
    const now = [
      job('ts.refresh', 'msr.last', false),
      job('ts.retention', 'msr.last', false),
      job('app.new', null),
    ];
    expect(compareJobs(before, now)).toEqual([
      'not there any more: ts.refresh on msr.last, scheduled',
      'not there any more: app.own, scheduled',
      'was not there: ts.refresh on msr.last, asleep',
      'was not there: app.new, scheduled',
    ]);
  });

  it('counts jobs of one procedure', () => {
    const twice = [job('app.own', null), job('app.own', null)];
    expect(compareJobs(twice, [job('app.own', null)])).toEqual(['not there any more: app.own, scheduled']);
    expect(compareJobs([job('app.own', null)], twice)).toEqual(['was not there: app.own, scheduled']);
  });
});
