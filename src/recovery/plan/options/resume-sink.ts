import type { Assessment } from '../assessment.ts';
import { NOT_YET } from './not-yet.ts';
import { isDatabaseHurt } from './obstacles.ts';
import type { OptionsOf } from './plan-option.ts';

/** Kafka lost its topics and the database lost nothing: there is no reason to go back. */
export const resumeSinkOptions: OptionsOf = ({ assessment }) => {
  const { log } = assessment;
  const why = [NOT_YET, ...obstacles(assessment)];
  return [
    {
      ...{ procedure: 'resume-sink', possible: why.length === 0, why },
      answers: log.around.anew.length > 0 && !isDatabaseHurt(assessment),
      // What was in Kafka alone: no log tells it any more.
      ...{ lossEvents: null, seconds: { low: 5, high: 180 }, basis: 'a guess' },
      destroys: "nothing: the database is kept, and the sink's offsets from before are kept for the undo",
    },
  ];
};

function obstacles({ database, log, sink }: Assessment): string[] {
  return [
    ...(log.state === 'unreachable' ? log.facts : []),
    ...(log.state === 'damaged' && log.around.anew.length === 0
      ? ['no topic was created anew since the backup']
      : []),
    ...(log.state === 'whole' ? ['Kafka holds every record since the backup'] : []),
    ...(isDatabaseHurt({ database }) ? [`the database is ${database.state}`] : []),
    ...(sink.state === 'unreachable' || !sink.understood ? sink.facts : []),
  ];
}
