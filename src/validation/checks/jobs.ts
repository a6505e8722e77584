import { compareJobs, type JobFlag, readJobs, readSavedJobs } from '../../live/jobs.ts';
import { type CheckContext, type Finding, failed, notRun, passed } from '../check.ts';

export interface JobFacts {
  readonly now: readonly JobFlag[];
  /** The flags that will be given back; only where the jobs are to sleep. */
  readonly saved: readonly JobFlag[];
}

/** @param before the jobs at the backup; undefined: not known */
export function judgeJobs(facts: JobFacts, before: readonly JobFlag[] | undefined, asleep: boolean): Finding {
  const awake = facts.now.filter(({ scheduled }) => scheduled).length;
  if (asleep && awake > 0) {
    return failed(
      `${awake} of ${facts.now.length} jobs are awake`,
      'they must sleep until the database is live',
    );
  }
  const differences = before === undefined ? [] : compareJobs(before, asleep ? facts.saved : facts.now);
  if (differences.length > 0) {
    return failed(differences.join('; '), 'give each its flag with SELECT alter_job(<id>, scheduled => …)');
  }
  if (!asleep && before === undefined && facts.now.length > 0 && awake === 0) {
    return failed(
      `all ${facts.now.length} jobs are asleep`,
      'nobody refreshes, compresses or drops: SELECT alter_job(<id>, scheduled => true) for each',
    );
  }
  const state = asleep ? 'all asleep until the cutover' : `${awake} scheduled`;
  return passed(`${facts.now.length} jobs, ${state}${before === undefined ? '' : ', as they were'}`);
}

/** Asleep before the cutover, since retention would drop what is not proven yet; as they were after it. */
export async function checkJobs({ session, edition, expected }: CheckContext): Promise<Finding> {
  if (edition === 'apache') return notRun('not run in this edition: the Apache edition has no policies');
  const asleep = expected.jobsAsleep === true;
  const saved = asleep ? await readSavedJobs(session) : [];
  return judgeJobs({ now: await readJobs(session), saved }, expected.jobs, asleep);
}
