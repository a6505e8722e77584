import type { Assessment } from '../assessment.ts';
import { type Estimate, estimateRebuild } from '../estimate.ts';
import { isDatabaseHurt, targetObstacles } from './obstacles.ts';
import { destroysOf, type OptionInput, type OptionsOf, type PlanOption } from './plan-option.ts';

/** Another zone's database, fed from the same topics, as a baseline that is minutes old. */
export const zoneOptions: OptionsOf = (input) => {
  const { zones, unfinished } = input.assessment;
  const { zone: wanted } = input.request;
  // What was begun has its dump already, or takes it of the same zone.
  if (unfinished?.procedure === 'zone') return [zoneOption(input, unfinished.zone, [])];
  const asked = zones.filter(({ name }) => wanted === undefined || name === wanted);
  if (asked.length === 0) return [zoneOption(input, wanted, [nobody(wanted, zones)])];
  return asked.map(({ name, obstacle }) => {
    return zoneOption(input, name, obstacle === null ? [] : [`the zone ${name} cannot be used: ${obstacle}`]);
  });
};

function zoneOption({ assessment }: OptionInput, zone: string | undefined, faults: string[]): PlanOption {
  const { backup, log, sink } = assessment;
  const why = [
    ...faults,
    ...targetObstacles(assessment),
    ...(log.state === 'unreachable' ? log.facts : []),
    ...(sink.state === 'unreachable' || !sink.understood ? sink.facts : []),
  ];
  return {
    ...{ procedure: 'zone', possible: why.length === 0, why, answers: isDatabaseHurt(assessment) },
    ...(zone === undefined ? {} : { zone }),
    ...{ baseline: 'dump', lossEvents: 0 },
    ...withDump(estimateRebuild({ ...assessment, log: { records: 0 } }), backup.dumpSeconds),
    destroys: destroysOf(assessment),
  };
}

/** Its dump has to be taken first, on a database as large as that of the backup. */
function withDump({ seconds: { low, high }, basis }: Estimate, dumpSeconds: number): Estimate {
  const more = Math.ceil(dumpSeconds);
  return { seconds: { low: low + more, high: high + more * 4 }, basis };
}

function nobody(wanted: string | undefined, zones: Assessment['zones']): string {
  if (wanted === undefined)
    return 'no other zone was looked at: MSR_ZONES names none, or the database is sound';
  const known = zones.map(({ name }) => name).join(', ');
  return `MSR_ZONES names no zone ${wanted}${known === '' ? '' : `, but ${known}`}`;
}
