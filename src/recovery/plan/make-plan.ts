import { withSession } from '../../clients/postgres.ts';
import { type Execution, idOfExecution } from '../../core/ids.ts';
import { recoveryNames } from '../../live/database-names.ts';
import type { Settings } from '../../settings/settings.ts';
import { maintenanceUrl } from '../../settings/settings.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';
import { autoApprovedRemark, isApprovedByConfiguration } from '../approval/auto-approval.ts';
import { redirectedFrom } from '../cutover/redirect-undo.ts';
import { readDatabases } from '../cutover/rename.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import { repairOf } from '../repair/repairs.ts';
import { noSuchRecovery } from '../status/read-status.ts';
import { assessAndPlan } from './assess-and-plan.ts';
import type { Planned } from './other-start.ts';
import { type Plan, planDocument, planSchema } from './plan.ts';
import { planRepairUndo, planSwap, type SwapAssessment } from './plan-undo.ts';
import { isRepair, isSwap, type Procedure, type Repair } from './procedures.ts';
import { latestRecovered } from './recoveries.ts';
import type { RecoveryRequest } from './request.ts';
import { meetWorld } from './world.ts';

export interface PlanTerms {
  /** All events were compared for this execution: what that found counts. @default false */
  readonly compared?: boolean;
  /** Procedures whose plans need no question where they lose nothing. @default none */
  readonly autoApproved?: readonly Procedure[];
}

/**
 * Assesses, plans, and writes both down.
 * @throws OperatorError where it cannot look
 */
export async function makePlan(
  vault: Vault,
  settings: Settings,
  request: RecoveryRequest,
  execution: Execution,
  terms: PlanTerms = {},
): Promise<Plan> {
  const { plan, assessment } = await lookAndPlan(vault, settings, request, execution, terms);
  const assessmentDocument = isSwap(plan.procedure) ? 'undo-assessment' : 'assessment';
  await writeRecoveryDocument(vault, plan.recoveryId, assessmentDocument, assessment);
  await writeRecoveryDocument(vault, plan.recoveryId, planDocument(plan.procedure), plan);
  return plan;
}

async function lookAndPlan(
  vault: Vault,
  settings: Settings,
  request: RecoveryRequest,
  execution: Execution,
  { compared = false, autoApproved = [] }: PlanTerms,
): Promise<{ plan: Plan; assessment: unknown }> {
  const procedure = request.undo !== undefined ? 'undo' : 'redo';
  const swapped = request.undo ?? request.redo;
  if (swapped !== undefined) {
    const recoveryId = swapped === true ? await latestRecovered(vault) : swapped;
    const repaired = await repairOfRecovery(vault, recoveryId);
    if (repaired !== undefined)
      return await undoOfRepair(vault, settings, procedure, { recoveryId, repaired });
    const assessment = await assessSwap(vault, settings, procedure, recoveryId);
    return { plan: planSwap(procedure, assessment), assessment };
  }
  const recoveryId = idOfExecution(execution);
  const world = await meetWorld(vault, settings, request, compared ? recoveryId : undefined);
  const planned = await assessAndPlan(world, recoveryId);
  return isApprovedByConfiguration(planned, request, autoApproved) ? withoutQuestion(planned) : planned;
}

function withoutQuestion({ plan, assessment }: Planned): Planned {
  const remarks = [autoApprovedRemark(plan), ...plan.remarks];
  return { plan: { ...plan, approvedBy: 'configuration', remarks }, assessment };
}

/** undefined: the recovery has built a database, or nothing is known of it. */
async function repairOfRecovery(vault: Vault, recoveryId: string): Promise<Repair | undefined> {
  const procedure = (await readRecoveryDocument(vault, recoveryId, 'plan', planSchema))?.procedure;
  return procedure !== undefined && isRepair(procedure) ? procedure : undefined;
}

async function undoOfRepair(
  vault: Vault,
  settings: Settings,
  procedure: 'undo' | 'redo',
  { recoveryId, repaired }: { readonly recoveryId: string; readonly repaired: Repair },
): Promise<{ plan: Plan; assessment: unknown }> {
  const assessment = await repairOf(repaired).planUndo({ vault, settings }, recoveryId);
  return { plan: planRepairUndo(procedure, { recoveryId, repaired, ...assessment }), assessment };
}

/** @throws RecoveryNotFoundError where neither the vault nor the server knows a recovery of that id */
async function assessSwap(
  vault: Vault,
  settings: Settings,
  procedure: 'undo' | 'redo',
  recoveryId: string,
): Promise<SwapAssessment> {
  const names = recoveryNames(settings, recoveryId);
  const returning = procedure === 'undo' ? names.old : names.recovered;
  const elsewhere = procedure === 'undo' ? await redirectedFrom(settings, recoveryId) : undefined;
  if (elsewhere !== undefined) return { recoveryId, returning: elsewhere, present: true };
  const databases = await withSession(maintenanceUrl(settings), { purpose: 'assess undo' }, readDatabases);
  const present = databases.some(({ name }) => name === returning);
  if (!present && !(await hasPlan(vault, recoveryId))) throw noSuchRecovery(vault, recoveryId);
  return { recoveryId, returning, present };
}

/** An undo's own plan proves nothing: it would be of whatever id was mistyped. */
async function hasPlan(vault: Vault, recoveryId: string): Promise<boolean> {
  return (await vault.readDocument(VaultPath.recoveryDocument(recoveryId, 'plan'))) !== undefined;
}
