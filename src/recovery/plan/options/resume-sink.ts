import { gapObstacles } from '../../pipeline/gaps.ts';
import type { Assessment } from '../assessment.ts';
import { isDatabaseHurt } from './obstacles.ts';
import type { OptionsOf } from './plan-option.ts';

/** Kafka lost its topics, or all that it had, and the database lost nothing: no reason to go back. */
export const resumeSinkOptions: OptionsOf = ({ assessment }) => {
  const why = obstacles(assessment);
  const since = assessment.recorded.map(({ at }) => at).sort()[0] ?? assessment.backup.takenAt;
  return [
    {
      ...{ procedure: 'resume-sink', possible: why.length === 0, why },
      answers: isKafkaHurt(assessment) && !isDatabaseHurt(assessment) && !assessment.sink.follows,
      // What was in Kafka alone: no log tells it any more.
      ...{ lossEvents: null, lossSpan: { from: since, to: assessment.assessedAt } },
      ...{ seconds: { low: 5, high: 180 }, basis: 'a guess' },
      destroys: 'nothing: the database is kept, and where the sink stood before is kept for the undo',
    },
  ];
};

/** Topics were created anew or are gone, or Connect has lost the sink. */
function isKafkaHurt({ log: { around }, sink, gaps, unfinished }: Assessment): boolean {
  // What it has created already makes the world look as if nothing had been lost.
  if (unfinished?.procedure === 'resume-sink') return true;
  return around.anew.length > 0 || sink.state === 'absent' || (gaps?.topics.length ?? 0) > 0;
}

function obstacles(assessment: Assessment): string[] {
  const { database, log, sink, gaps } = assessment;
  return [
    ...(log.state === 'unreachable' ? log.facts : []),
    ...(isKafkaHurt(assessment) || log.state === 'unreachable'
      ? []
      : ['no topic was created anew since the backup, and none is missing']),
    ...(isDatabaseHurt({ database }) ? [`the database is ${database.state}`] : []),
    ...(database.obstacle === null ? [] : [database.obstacle]),
    ...(sink.state === 'unreachable' || !sink.understood ? sink.facts : []),
    ...(gaps === undefined ? [] : gapObstacles(gaps)),
  ];
}
