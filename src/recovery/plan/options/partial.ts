import { count } from '../../../core/activity.ts';
import type { Assessment, DamagedEvents } from '../assessment.ts';
import { estimatePartial } from '../estimate.ts';
import { backupObstacles, byContentObstacles, readingObstacles } from './obstacles.ts';
import type { OptionsOf } from './plan-option.ts';

/** Each is a condition of every query; where more are damaged, all is better restored. */
const MOST_HOURS = 500;

/** The damaged hours alone, where the rest is proven sound. */
export const partialOptions: OptionsOf = ({ assessment }) => {
  const { backup, database } = assessment;
  const { events, configuration, others, restSound } = database.damaged;
  const why = obstacles(assessment);
  return [
    {
      ...{ procedure: 'partial', backupId: backup.id, baseline: 'dump', possible: why.length === 0, why },
      answers: database.state === 'damaged' && events.length > 0 && !others && !configuration,
      ...{ lossEvents: 0, seconds: estimatePartial(assessment), basis: 'a guess' },
      destroys: 'nothing: the rows that are replaced are kept for the undo',
      ...(!restSound && database.readable && !others ? { needs: '--full-digest' } : {}),
    },
  ];
};

function obstacles(assessment: Assessment): string[] {
  const { database, backup, log, target } = assessment;
  if (!database.readable) return ['the live database cannot be read'];
  return [
    ...(database.obstacle === null ? [] : [database.obstacle]),
    ...damageObstacles(assessment),
    ...(database.writable ? [] : ['its events may be replaced by a superuser alone, where it takes writes']),
    ...(log.state === 'whole' ? [] : log.facts),
    ...backupObstacles(assessment),
    ...byContentObstacles(backup),
    ...(backup.baseline === 'dump' ? [] : ['single hours are restored of a dump alone']),
    ...(target.fit ? [] : target.facts),
    ...readingObstacles(assessment),
  ];
}

function damageObstacles({ database: { damaged } }: Assessment): string[] {
  const { events, others, uncompared } = damaged;
  if (others) return ['more is damaged than hours of events'];
  const nameless = events.filter(({ hour }) => !/^\d/.test(hour));
  return [
    ...(events.length === 0 ? ['no hour of events is known to be damaged'] : []),
    ...(uncompared === 0 ? [] : [`${count(uncompared)} hours of events were not compared`]),
    ...(nameless.length === 0 ? [] : ['damaged events have no time, or one at infinity']),
    ...(events.length <= MOST_HOURS
      ? []
      : [
          `${count(events.length)} hours of tables are damaged: more than ${MOST_HOURS} are restored as a whole`,
        ]),
  ];
}

const SHOWN_HOURS = 5;

/** Which events would be replaced, for the approver: the first few, and how many in all. */
export function partialRemarks({ database: { damaged } }: Assessment): string[] {
  const { events } = damaged;
  if (events.length === 0) return [];
  const shown = events.slice(0, SHOWN_HOURS).map(hourText);
  const more = events.length > SHOWN_HOURS ? [`and ${count(events.length - SHOWN_HOURS)} more`] : [];
  const rows = events.reduce((sum, { expected }) => sum + expected, 0);
  return [
    `the events of ${count(events.length)} hours of tables are replaced, about ${count(rows)} of them: ${[...shown, ...more].join(', ')}`,
    'all other hours are proven against backup and Kafka first; where one of them differs nothing is changed',
  ];
}

const NOT_PROVEN =
  'these hours could be replaced alone where the rest is sound, which nobody knows: `msr recover --full-digest` ("fullDigest": true) compares all events with backup and Kafka before it plans, and `partial` is chosen where only hours are damaged';

/** What another procedure's approver should know: less might do. */
export function partialInstead({ database: { state, damaged } }: Assessment): string[] {
  const { events, others, configuration, restSound } = damaged;
  const isHours = state === 'damaged' && events.length > 0 && !others && !configuration;
  return isHours && !restSound ? [NOT_PROVEN] : [];
}

function hourText({ table, hour }: DamagedEvents): string {
  return `${table || 'no table'} in the hour of ${hour}`;
}
