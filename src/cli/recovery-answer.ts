import { z } from 'zod';
import { count, duration } from '../core/activity.ts';
import { ExitCode } from '../core/operator-error.ts';

import { apiTestText } from '../recovery/end/api-test-record.ts';
import type { RecoveryReport } from '../recovery/end/report.ts';
import { recoveryExitCode, verdictText } from '../recovery/end/verdict.ts';
import { reportDocument } from '../recovery/plan/plan.ts';
import type { RecoveryOutcome } from '../runner/run-recovery.ts';
import { VaultPath } from '../vault/vault.ts';
import type { Answer } from './invocation.ts';
import { describePlan } from './plan-view.ts';
import { facts, table } from './tables.ts';

/** What the command answers to how the recovery ended. */
export function recoveryAnswer(outcome: RecoveryOutcome): Answer {
  switch (outcome.kind) {
    case 'recovered':
      return {
        document: outcome.report,
        text: describeReport(outcome.report),
        exitCode: recoveryExitCode(outcome.report.verdict),
      };
    case 'planned':
      return { document: outcome.plan, text: describePlan(outcome.plan) };
    case 'refused':
      return {
        document: outcome.plan,
        text: describePlan(outcome.plan),
        failure: 'nothing was changed: no plan can be carried out',
        exitCode: ExitCode.failed,
      };
    case 'failed':
      return failedAnswer(outcome);
  }
}

function failedAnswer({ error, message, report }: Extract<RecoveryOutcome, { kind: 'failed' }>): Answer {
  // Message and hint as an OperatorError's format() joins them, wherever in the state machine it was
  // thrown.
  const [fact, hint] = message.split('\nHINT: ');
  const exitCode = report === undefined ? ExitCode.failed : recoveryExitCode(report.verdict);
  return {
    document: {
      error: { name: error, fact, ...(hint === undefined ? {} : { hint }) },
      exitCode,
      ...(report === undefined ? {} : { report }),
    },
    text: report === undefined ? '' : describeReport(report),
    failure: message,
    exitCode,
  };
}

const pauses = z.object({
  'cut-over': z
    .object({ cutoverPauseSeconds: z.number().optional(), oldDatabase: z.string().optional() })
    .optional(),
  undo: z.object({ pauseSeconds: z.number().optional(), keptAs: z.string().optional() }).optional(),
});
const ledgers = z.record(
  z.string(),
  z.object({ balanced: z.boolean(), totals: z.record(z.string(), z.number()) }).optional(),
);

/** What happened, how long it took, what is proven and what is not, where the old database is. */
export function describeReport(report: RecoveryReport): string {
  const head = facts([
    ['recovery', `${report.recoveryId}, ${report.procedure}`],
    ...(report.backupId === undefined ? [] : [['backup', report.backupId] as const]),
    ...proofLines(report),
    ...resultLines(report),
    ...apiLines(report),
    ['report', VaultPath.recoveryDocument(report.recoveryId, reportDocument(report.procedure))],
    ['verdict', verdictText(report).toUpperCase()],
  ]);
  const steps = report.steps.map(({ name, seconds }) => [name, duration(seconds * 1000)]);
  const taken = steps.length === 0 ? [] : [table(['STEP', 'TOOK'], steps, ['left', 'right'])];
  const notes = [
    ...report.remarks.map((remark) => `- ${remark}`),
    ...report.notRun.map((check) => `- not run: ${check}`),
  ];
  return [...taken, notes.join('\n'), head].filter((part) => part !== '').join('\n\n');
}

function proofLines({ ledger }: RecoveryReport): Array<readonly [string, string]> {
  const parsed = ledgers.safeParse(ledger);
  if (!parsed.success) return [];
  return Object.entries(parsed.data).flatMap(([name, proof]) => {
    if (proof === undefined) return [];
    const { dataRecords = 0, inserted = 0, quarantined = 0, held = 0, hours = 0 } = proof.totals;
    const inDump = held === 0 ? '' : `${count(held)} in the dump already, `;
    const aside = quarantined === 0 ? '' : `${count(quarantined)} SET ASIDE, `;
    // What is in quarantine is accounted for, and in no database: nobody should read 'balanced' for it.
    const verdict = proof.balanced ? (quarantined === 0 ? 'balanced' : 'accounted for') : 'NOT BALANCED';
    const said = `${verdict}: ${count(dataRecords)} records, ${count(inserted)} inserted, ${inDump}${aside}${count(hours)} hours of tables ${proof.balanced ? 'equal' : 'compared'}`;
    return [[`ledger, ${name}`, said] as const];
  });
}

function apiLines({ api }: RecoveryReport): Array<readonly [string, string]> {
  return api === undefined ? [] : [['MSR API', apiTestText(api)]];
}

function resultLines({ results }: RecoveryReport): Array<readonly [string, string]> {
  const { data } = pauses.safeParse(results);
  const pause = data?.['cut-over']?.cutoverPauseSeconds ?? data?.undo?.pauseSeconds;
  const kept = data?.['cut-over']?.oldDatabase ?? data?.undo?.keptAs;
  return [
    ...(pause === undefined ? [] : [['sink', `stood still for ${pause.toFixed(1)} s`] as const]),
    ...(kept === undefined ? [] : [['kept', `${kept}, until \`msr cleanup\``] as const]),
  ];
}
