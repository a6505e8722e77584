import { count, duration } from '../../core/activity.ts';
import { escapeHtml, factsHtml, htmlPage, momentHtml } from '../../core/html.ts';
import {
  checksTable,
  ledgerHtml,
  ledgerSchema,
  timeLine,
  told,
  validationSchema,
} from '../status/report-parts.ts';
import type { DrillReport } from './drill-report.ts';

const TONES: Readonly<Record<DrillReport['verdict'], 'ok' | 'warning' | 'failed'>> = {
  passed: 'ok',
  failed: 'failed',
  skipped: 'warning',
  'could not verify': 'warning',
};

/**
 * How a drill ended, by the hand that writes a recovery's report: verdict first, then what it rests on.
 * Pure.
 */
export function drillPage(report: DrillReport): string {
  const { drillId, verdict, endedAt, backupId, steps, failure, remarks } = report;
  const title = `Drill ${verdict}`;
  return htmlPage({
    title: `${title}: MSR drill ${drillId}`,
    body: [
      `<h1 class="${TONES[verdict]}">${escapeHtml(title)}</h1>`,
      `<p>${escapeHtml(`MSR drill ${drillId} of backup ${backupId}`)}, ended ${momentHtml(endedAt)}: everything of a recovery but its cutover</p>`,
      failure === undefined ? '' : `<pre>${escapeHtml(failure.message)}</pre>`,
      factsHtml(mainFacts(report)),
      timeLine(steps),
      ledgerHtml(ledgerSchema.safeParse(report.ledger ?? {}).data),
      checksTable(validationSchema.safeParse(report.validation ?? {}).data?.checks ?? []),
      told('To know, and to do', remarks),
    ].join('\n'),
  });
}

function mainFacts({ steps, replayed }: DrillReport): Array<readonly [string, string]> {
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  const whole = replayed?.whole === true ? 'all that Kafka held' : 'NOT all that Kafka held';
  return [
    ['would recover in', `${duration(seconds * 1000)}, and the seconds of a cutover`],
    ...(replayed === undefined
      ? []
      : [['replayed', `${count(replayed.records)} records, ${whole}`] as const]),
  ];
}
