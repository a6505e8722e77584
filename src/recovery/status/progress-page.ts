import { duration } from '../../core/activity.ts';
import { type Approval, approvalState } from '../approval/approval.ts';
import { verdictText } from '../end/verdict.ts';
import type { Plan } from '../plan/plan.ts';
import { hasEnded, type RecoveryStatus, stateText } from './recovery-status.ts';

/** Between two looks of a browser, in seconds. */
const REFRESH_SECONDS = 10;

/**
 * A recovery's progress for a browser: one file that needs nothing else, loads nothing, and holds no secret
 * and no task token. Until the recovery has ended it loads itself again.
 * @param now in milliseconds since the epoch
 */
export function progressPage(status: RecoveryStatus, now: number): string {
  const { recoveryId, state, plan } = status;
  const refresh = hasEnded(state) ? '' : `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">${refresh}
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(`MSR recovery ${recoveryId}: ${stateText(status)}`)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.3rem}h2{font-size:1rem;margin-bottom:.3rem}.state{font-weight:bold}
code,pre{background:#f3f3f3;padding:.1rem .3rem}pre{white-space:pre-wrap;padding:.5rem}
table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0;vertical-align:top}</style></head><body>
<h1>MSR recovery ${escapeHtml(recoveryId)}</h1>
<p><span class="state">${escapeHtml(stateText(status))}</span>${escapeHtml(activityText(status))}</p>
<p>As of ${new Date(now).toISOString()}</p>
${[question(status, now), planPart(plan), stepsPart(status), notesPart(status), endPart(status)].join('')}
</body></html>
`;
}

function activityText({ state, progress }: RecoveryStatus): string {
  return state === 'running' && progress?.activity !== undefined ? `: ${progress.activity}` : '';
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
  const chosen = options.find((option) => option.procedure === procedure);
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
  return `<h2>Plan</h2>${tableOf(rows)}${listOf(remarks)}`;
}

function stepsPart({ steps }: RecoveryStatus): string {
  if (steps.length === 0) return '';
  return `<h2>Finished steps</h2>${tableOf(steps.map(({ name, seconds }) => [name, duration(seconds * 1000)]))}`;
}

function notesPart({ progress }: RecoveryStatus): string {
  if (progress === undefined || progress.notes.length === 0) return '';
  return `<h2>Latest</h2>${listOf([...progress.notes].reverse())}`;
}

function endPart({ report, state }: RecoveryStatus): string {
  if (report === undefined || state !== report.verdict) return '';
  const failure = report.failure === undefined ? '' : `<pre>${escapeHtml(report.failure.message)}</pre>`;
  return `<h2>Ended ${escapeHtml(report.endedAt)}: ${escapeHtml(verdictText(report))}</h2>${failure}${listOf([...report.remarks, ...report.notRun])}`;
}

function tableOf(rows: ReadonlyArray<readonly [string, string]>): string {
  const cells = rows.map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table>${cells.join('')}</table>`;
}

function listOf(items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What others have said (an error's message, a topic's name) must not become markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
