import { z } from 'zod';

import { causeMessage } from '../../clients/task-failure.ts';
import type { Vault } from '../../vault/vault.ts';
import { type RecoveryDocument, readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import { type Loss, lossIn, lossSchema } from '../plan/loss.ts';
import { type Plan, planDocument, planSchema, reportDocument } from '../plan/plan.ts';
import { isRebuild, isRepair, PLANNED } from '../plan/procedures.ts';
import { stepSchema, stepsOf } from '../step-record.ts';
import { API_NOT_TESTED, type ApiTestRecord, apiTestDocument, apiTestSchema } from './api-test-record.ts';
import { liveVerdict, RECOVERY_VERDICTS, type RecoveryVerdict } from './verdict.ts';

export const reportSchema = z.looseObject({
  recoveryId: z.string(),
  procedure: z.enum(PLANNED),
  outcome: z.enum(['recovered', 'not recovered']),
  verdict: z.enum(RECOVERY_VERDICTS),
  /** Records that the replay could not write and keeps in msr_recovery.quarantine; absent: none. */
  setAside: z.int().positive().optional(),
  /** How many of them were retried since, and are in the live database; absent: none. */
  retried: z.int().positive().optional(),
  /** Records of an inexact cut's overlap that the dump held already; absent: the cut was exact. */
  inDump: z.int().nonnegative().optional(),
  /** What was lost; absent: nothing. */
  lost: lossSchema.optional(),
  backupId: z.string().optional(),
  planHash: z.string().optional(),
  endedAt: z.iso.datetime(),
  steps: z.array(z.object({ name: z.string(), startedAt: z.iso.datetime(), seconds: z.number() })),
  /** A later run may continue this recovery. */
  resumable: z.boolean(),
  failure: z.object({ error: z.string(), message: z.string() }).optional(),
  rollBack: z.record(z.string(), z.unknown()).optional(),
  /** What each step found and did, by its name. */
  results: z.record(z.string(), z.unknown()),
  ledger: z.unknown().optional(),
  validation: z.unknown().optional(),
  /** The test of the MSR API on the database that is live now; absent: it was not run. */
  api: apiTestSchema.optional(),
  /** What could not be proven here, and why. */
  notRun: z.array(z.string()),
  remarks: z.array(z.string()),
});
export type RecoveryReport = z.infer<typeof reportSchema>;

/** How a recovery ended, as the state machine tells it. */
export interface RecoveryEnd {
  readonly recoveryId: string;
  readonly procedure: Plan['procedure'];
  readonly outcome: 'recovered' | 'not recovered';
  readonly failure?: { readonly Error: string; readonly Cause: string } | undefined;
  readonly rollBack?: Readonly<Record<string, unknown>> | undefined;
}

/** Composes the report of what lies in the vault and writes it beside it. */
export async function writeReport(vault: Vault, end: RecoveryEnd): Promise<RecoveryReport> {
  const { recoveryId, procedure } = end;
  const plan = await readRecoveryDocument(vault, recoveryId, planDocument(procedure), planSchema);
  const records: StepRecord[] = [];
  for (const name of stepsOf(procedure)) {
    const record = await readRecoveryDocument(vault, recoveryId, name, stepSchema);
    if (record !== undefined) records.push(record);
  }
  const proof = isRebuild(procedure) ? await readProof(vault, recoveryId) : {};
  const api = await readRecoveryDocument(vault, recoveryId, apiTestDocument(procedure), apiTestSchema);
  const redone =
    procedure === 'redo' ? await readRecoveryDocument(vault, recoveryId, 'report', reportSchema) : undefined;
  const report = composeReport({ end, plan, records, api, redone, ...proof }, new Date());
  await writeRecoveryDocument(vault, recoveryId, reportDocument(procedure), report);
  return report;
}

type StepRecord = z.infer<typeof stepSchema>;

const validationSchema = z.looseObject({
  verdict: z.enum(['recovered', 'not recovered', 'could not verify']),
  checks: z.array(z.looseObject({ name: z.string(), outcome: z.string(), fact: z.string() })),
});

interface Proof {
  readonly ledger?: unknown;
  readonly validation?: z.infer<typeof validationSchema> | undefined;
}

/** The last ledger and validation that there are: those of the cutover, or of the first round. */
async function readProof(vault: Vault, recoveryId: string): Promise<Proof> {
  const read = (name: RecoveryDocument) => readRecoveryDocument(vault, recoveryId, name, z.unknown());
  const [first, last] = [await read('ledger-round-1'), await read('ledger-cutover')];
  const validation = await readRecoveryDocument(vault, recoveryId, 'validation-cutover', validationSchema);
  return { ledger: { 'round 1': first, cutover: last }, validation };
}

export interface ReportInput extends Proof {
  readonly end: RecoveryEnd;
  readonly plan: Plan | undefined;
  readonly records: readonly StepRecord[];
  readonly api: ApiTestRecord | undefined;
  /** The recovery's own report, for a redo: its database is live again, with what that one lacks. */
  readonly redone?: RecoveryReport | undefined;
}

/**
 * Pure: the report of these documents. A proof that is missing is `could not verify`, never `recovered`.
 */
export function composeReport(input: ReportInput, now: Date): RecoveryReport {
  const { end, plan, records, ledger, validation, redone } = input;
  const api = end.outcome === 'recovered' ? (input.api ?? API_NOT_TESTED) : undefined;
  const setAside = isRebuild(end.procedure) ? setAsideOf(ledger) : setAsideBySwapOrRepair(input);
  const lost = lostBy(input) ?? redone?.lost;
  return {
    recoveryId: end.recoveryId,
    procedure: end.procedure,
    outcome: end.outcome,
    verdict: verdictOf({ ...input, api }, setAside, lost),
    ...(setAside === undefined || setAside === 0 ? {} : { setAside }),
    ...(redone?.retried === undefined ? {} : { retried: redone.retried }),
    ...inDumpOf(input),
    ...(lost === undefined ? {} : { lost }),
    ...(plan?.backupId === undefined ? {} : { backupId: plan.backupId }),
    ...(plan === undefined ? {} : { planHash: plan.hash }),
    endedAt: now.toISOString(),
    steps: records.map(({ name, startedAt, seconds }) => ({ name, startedAt, seconds })),
    resumable: end.outcome === 'not recovered' && end.rollBack?.['resumable'] !== false,
    ...(end.failure === undefined
      ? {}
      : { failure: { error: end.failure.Error, message: causeMessage(end.failure.Cause) } }),
    ...(end.rollBack === undefined ? {} : { rollBack: end.rollBack }),
    results: Object.fromEntries(records.map(({ name, result }) => [name, result])),
    ledger,
    validation,
    ...(api === undefined ? {} : { api }),
    notRun: notRunOf(input),
    // What a plan foresaw, its step may say again.
    remarks: [...new Set([...(plan?.remarks ?? []), ...records.flatMap(({ result }) => remarksIn(result))])],
  };
}

const remarksSchema = z.object({ remarks: z.array(z.string()) });

/** What a step leaves for people to do or to know. */
function remarksIn(result: StepRecord['result']): string[] {
  const parsed = remarksSchema.safeParse(result);
  return parsed.success ? parsed.data.remarks : [];
}

const quarantined = z.looseObject({
  totals: z.looseObject({ quarantined: z.int().nonnegative(), held: z.int().nonnegative().default(0) }),
});
const ledgersSchema = z.looseObject({ 'round 1': quarantined.optional(), cutover: quarantined.optional() });

/** Whoever reads the verdict is to know that content has decided, even where it had nothing to drop. */
function inDumpOf({ end, plan, ledger, redone }: ReportInput): Pick<RecoveryReport, 'inDump'> {
  if (redone?.inDump !== undefined) return { inDump: redone.inDump };
  if (!isRebuild(end.procedure) || plan?.byContent !== true) return {};
  const { data } = ledgersSchema.safeParse(ledger);
  const totals = (data?.cutover ?? data?.['round 1'])?.totals;
  return totals === undefined ? {} : { inDump: totals.held };
}

/** The ledger counts from the cut on, so the last one counts all. undefined: there is none. */
function setAsideOf(ledger: unknown): number | undefined {
  const { data } = ledgersSchema.safeParse(ledger);
  return (data?.cutover ?? data?.['round 1'])?.totals.quarantined;
}

/** A repair has a ledger of its own, if any; a redo makes live what the recovery had set aside. */
function setAsideBySwapOrRepair({ end, records, redone }: ReportInput): number {
  if (!isRepair(end.procedure)) return redone?.setAside ?? 0;
  return repairLedger.safeParse(repairResultOf(records)).data?.ledger.totals.quarantined ?? 0;
}

const repairLedger = z.looseObject({ ledger: quarantined });

/**
 * What the replay has left out, as the plan had said: a recovery that did not come to its end has lost
 * nothing. A repair tells what was lost itself.
 */
function lostBy({ end, plan, records }: ReportInput): Loss | undefined {
  if (end.outcome !== 'recovered') return undefined;
  if (isRepair(end.procedure)) return lossResult.safeParse(repairResultOf(records)).data?.lost;
  const holes = plan?.course?.holes ?? [];
  if (!isRebuild(end.procedure) || holes.length === 0) return undefined;
  const option = plan?.options.find(
    ({ procedure, backupId }) => procedure === plan.procedure && backupId === plan.backupId,
  );
  return { ...lossIn(holes), holes, span: option?.lossSpan };
}

const lossResult = z.looseObject({ lost: lossSchema.optional() });

function repairResultOf(records: readonly StepRecord[]): StepRecord['result'] | undefined {
  return records.find(({ name }) => name === 'repair')?.result;
}

function verdictOf(
  input: ReportInput,
  setAside: number | undefined,
  lost: Loss | undefined,
): RecoveryVerdict {
  const { end, api, redone } = input;
  if (end.outcome === 'not recovered') {
    return end.failure?.Error === 'NotVerifiedError' ? 'could not verify' : 'not recovered';
  }
  // A repair's own verdict tells what it has lost.
  const someLost = !isRepair(end.procedure) && lost !== undefined;
  const left = setAside === undefined ? undefined : Math.max(0, setAside - (redone?.retried ?? 0));
  return liveVerdict({ database: databaseVerdict(input), setAside: left, someLost, api: api?.verdict });
}

function databaseVerdict({ end, plan, records, validation }: ReportInput): RecoveryVerdict | undefined {
  if (isRepair(end.procedure)) return repairVerdict(records);
  // An undo goes back to a database as it was: there is nothing of it that would have to be proven.
  if (!isRebuild(end.procedure)) return 'recovered';
  const isProven = plan?.unproven === undefined;
  return validation?.verdict === 'recovered' && !isProven ? 'could not verify' : validation?.verdict;
}

const repairResult = z.looseObject({ verdict: z.enum(RECOVERY_VERDICTS) });

/** A repair says itself what it has proven. */
function repairVerdict(records: readonly StepRecord[]): RecoveryVerdict {
  const { data } = repairResult.safeParse(repairResultOf(records));
  return data?.verdict ?? 'could not verify';
}

function notRunOf({ plan, validation, api }: ReportInput): string[] {
  const checks = [...(validation?.checks ?? []), ...(api?.checks ?? [])];
  const notRun = checks
    .filter(({ outcome }) => outcome === 'not run')
    .map(({ name, fact }) => `${name}: ${fact}`);
  return [...(plan?.unproven ?? []), ...notRun];
}
