import { duration } from '../../core/activity.ts';
import { escapeHtml, factsHtml, htmlPage, listHtml, momentHtml } from '../../core/html.ts';
import { type Approval, approvalState } from '../approval/approval.ts';
import { apiTestText } from '../end/api-test-record.ts';
import { verdictText } from '../end/verdict.ts';
import type { Plan } from '../plan/plan.ts';
import { hasEnded, type RecoveryStatus, stateText } from './recovery-status.ts';

/** Between two looks of a browser, in seconds. */
const REFRESH_SECONDS = 10;

/**
 * A recovery's progress for a browser: one file that needs nothing else, loads nothing, and holds no
 * secret and no task token. Until the recovery has ended it loads itself again.
 * @param now in milliseconds since the epoch
 */
export function progressPage(status: RecoveryStatus, now: number): string {
  const { recoveryId, state, plan } = status;
  const ended = hasEnded(state);
  return htmlPage({
    title: `MSR recovery ${recoveryId}: ${stateText(status)}`,
    refreshSeconds: ended ? undefined : REFRESH_SECONDS,
    body: `<h1 class="${ended ? toneOf(state) : 'unknown'}">MSR recovery ${escapeHtml(recoveryId)}: ${escapeHtml(stateText(status))}</h1>
<p>${escapeHtml(activityText(status))}</p>
<p class="soft">As of ${momentHtml(new Date(now).toISOString())}</p>
${[question(status, now), planPart(plan), stepsPart(status), notesPart(status), endPart(status)].join('')}`,
  });
}

/** How an end looks: only what is proven is green. */
export function toneOf(state: string): 'ok' | 'warning' | 'failed' {
  if (state === 'recovered') return 'ok';
  return state === 'not recovered' || state === 'recovered, API failed' ? 'failed' : 'warning';
}

function activityText({ state, progress }: RecoveryStatus): string {
  return state === 'running' && progress?.activity !== undefined ? progress.activity : '';
}

function question({ approval, state, recoveryId }: RecoveryStatus, now: number): string {
  if (state !== 'waits for approval' || approval === undefined) return '';
  return `<h2>Waits for an answer${expiry(approval, now)}</h2>
<pre>msr approve ${escapeHtml(recoveryId)} --plan ${escapeHtml(approval.planHash)}
msr reject ${escapeHtml(recoveryId)}</pre>`;
}

function expiry(approval: Approval, now: number): string {
  if (approvalState(approval, now) !== 'waiting') return '';
  return `, until ${escapeHtml(approval.expiresAt)}`;
}

function planPart({ hash, procedure, backupId, refusal, remarks, options }: Plan): string {
  const chosen = options.find((option) => option.procedure === procedure && option.possible);
  const time = chosen?.seconds;
  const rows: Array<readonly [string, string]> = [
    ['plan', hash],
    ['procedure', procedure],
    ...(backupId === undefined ? [] : [['backup', backupId] as const]),
    ...(time === undefined || time === null
      ? []
      : [['time', `${duration(time.low * 1000)} to ${duration(time.high * 1000)}`] as const]),
    ...(refusal === undefined ? [] : [['refused', refusal] as const]),
  ];
  return `<h2>Plan</h2>${factsHtml(rows)}${listHtml(remarks)}`;
}

function stepsPart({ steps }: RecoveryStatus): string {
  if (steps.length === 0) return '';
  return `<h2>Finished steps</h2>${factsHtml(steps.map(({ name, seconds }) => [name, duration(seconds * 1000)]))}`;
}

function notesPart({ progress }: RecoveryStatus): string {
  if (progress === undefined || progress.notes.length === 0) return '';
  return `<h2>Latest</h2>${listHtml([...progress.notes].reverse())}`;
}

function endPart({ report, state }: RecoveryStatus): string {
  if (report === undefined || state !== report.verdict) return '';
  const failure = report.failure === undefined ? '' : `<pre>${escapeHtml(report.failure.message)}</pre>`;
  const api = report.api === undefined ? [] : [`the MSR API: ${apiTestText(report.api)}`];
  return `<h2>Ended ${escapeHtml(report.endedAt)}: ${escapeHtml(verdictText(report))}</h2>${failure}${listHtml([...report.remarks, ...api, ...report.notRun])}`;
}
