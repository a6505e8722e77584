import { CHECK_NAMES, CHECKS, type CheckName, type HealthSeverity } from './checks.ts';
import { WHAT_TO_DO, type WhatToDo } from './what-to-do.ts';

/** Something that somebody is told of: one page, or one ticket, for one cause. */
export interface HealthAlarm extends WhatToDo {
  /** A heading of docs/runbook.md, which names it together with `part`. */
  readonly runbook: string;
  /** `ticket`: the stage before a page; when it becomes one, it is over as a ticket. */
  readonly part?: 'ticket';
  readonly severity: Exclude<HealthSeverity, 'none'>;
  /** What it means when it rings, in a sentence. */
  readonly means: string;
  /** The checks of which each can ring it; `unknown`: that nobody could look, whatever the check. */
  readonly watches: readonly CheckName[] | 'unknown';
  /** While one of these rings, what is watched follows from it. */
  readonly explainedBy: readonly CheckName[];
  /** Whether a recovery or an announced maintenance keeps its beginning back. */
  readonly isHeldBack: boolean;
}

const SINK: readonly CheckName[] = ['sink-running', 'sink-lag', 'sink-stalled', 'sink-frozen'];

/** What one cause explains, or keeps back; every other check tells by itself. */
const CAUSES: readonly HealthAlarm[] = [
  { ...alarmOfCheck('database'), isHeldBack: true },
  {
    ...{
      runbook: 'health-sink',
      severity: 'page',
      watches: SINK,
      explainedBy: ['database'],
      isHeldBack: true,
    },
    means: 'Events do not reach the database as they should: the sink is stopped, failed, stalled or behind.',
    recovery: WHAT_TO_DO['sink-running'].recovery,
    first: 'see below which of its checks rings, and read its heading; do not start a recovery.',
  },
  alarmOfCheck('backup-fresh'),
  { ...alarmOfCheck('snapshot-fresh'), explainedBy: ['database'], isHeldBack: true },
  { ...alarmOfCheck('ingestion'), explainedBy: ['database', ...SINK] },
];

const CAUSED = new Set(CAUSES.flatMap(({ watches }) => watches));

const BLIND = {
  runbook: 'health-unknown',
  means: 'The health run cannot look at what it should, and nothing else that is told explains it.',
  recovery: 'whether one would work is not known.',
  first: 'see which checks are unknown: what they share cannot be reached.',
  watches: 'unknown',
  explainedBy: [],
  isHeldBack: false,
} as const satisfies Omit<HealthAlarm, 'severity'>;

/**
 * All that the health run's metrics are watched for, but its silence. CloudWatch's alarms, Prometheus' rules
 * and Datadog's monitors are made of this table.
 */
export const HEALTH_ALARMS: readonly HealthAlarm[] = [
  ...CAUSES,
  ...CHECK_NAMES.flatMap((check) => [
    ...(CHECKS[check].worst === 'page' ? [ticketStage(check)] : []),
    ...(CAUSED.has(check) ? [] : [alarmOfCheck(check)]),
  ]),
  { ...BLIND, severity: 'page' },
  { ...BLIND, severity: 'ticket', part: 'ticket' },
];

/** Scheduler, the run itself and whoever gathers metrics, at their slowest. */
const LATE_MINUTES = 4;

/**
 * A dead man's switch: that nobody looks any more. Minutes are counted, not periods: one run that is lost,
 * and the next a little late, are no silence.
 */
export function silenceAlarm(everyMinutes: number) {
  const minutes = 2 * everyMinutes + LATE_MINUTES;
  return {
    runbook: 'health-silent',
    severity: 'page',
    minutes,
    means: `No health run has told anything for ${minutes} minutes: nobody looks any more.`,
    recovery: 'whether one would work is not known.',
  } as const;
}

/** `health-sink-lag-ticket`: unique among the alarms. */
export function alarmName({ runbook, part }: Pick<HealthAlarm, 'runbook' | 'part'>): string {
  return part === undefined ? runbook : `${runbook}-${part}`;
}

/** What tells of a check by itself. */
export function alarmOfCheck(check: CheckName): HealthAlarm {
  const { means, runbook, worst } = CHECKS[check];
  return {
    ...{ runbook, severity: worst, means, ...WHAT_TO_DO[check] },
    ...{ watches: [check], explainedBy: [], isHeldBack: false },
  };
}

function ticketStage(check: CheckName): HealthAlarm {
  const { recover: _, ...alarm } = alarmOfCheck(check);
  const means = `${alarm.means} It can wait, or has become a page.`;
  return { ...alarm, part: 'ticket', severity: 'ticket', means };
}
