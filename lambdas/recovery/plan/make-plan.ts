import { withSession } from '../../clients/postgres.ts';
import { maintenanceUrl } from '../../freeze/settle-rename.ts';
import { type Execution, idOfExecution } from '../../ids.ts';
import type { Settings } from '../../settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { recoveryNames } from '../cutover/databases.ts';
import { redirectedFrom } from '../cutover/redirect-undo.ts';
import { readDatabases } from '../cutover/rename.ts';
import { writeRecoveryDocument } from '../documents.ts';
import { assess } from './assess.ts';
import { type Plan, planDocument, planRecovery } from './plan.ts';
import { planSwap, type SwapAssessment } from './plan-undo.ts';
import { latestRecovered } from './recoveries.ts';
import type { RecoveryRequest } from './request.ts';

/** Assesses, plans, and writes both down. @throws OperatorError where it cannot look */
export async function makePlan(
  vault: Vault,
  settings: Settings,
  request: RecoveryRequest,
  execution: Execution,
): Promise<Plan> {
  const { plan, assessment } = await lookAndPlan(vault, settings, request, execution);
  const assessmentDocument = plan.procedure === 'standard' ? 'assessment' : 'undo-assessment';
  await writeRecoveryDocument(vault, plan.recoveryId, assessmentDocument, assessment);
  await writeRecoveryDocument(vault, plan.recoveryId, planDocument(plan.procedure), plan);
  return plan;
}

async function lookAndPlan(
  vault: Vault,
  settings: Settings,
  request: RecoveryRequest,
  execution: Execution,
): Promise<{ plan: Plan; assessment: unknown }> {
  const procedure = request.undo !== undefined ? 'undo' : 'redo';
  const swapped = request.undo ?? request.redo;
  if (swapped !== undefined) {
    const recoveryId = swapped === true ? await latestRecovered(vault) : swapped;
    const assessment = await assessSwap(settings, procedure, recoveryId);
    return { plan: planSwap(procedure, assessment), assessment };
  }
  const assessment = await assess(vault, settings, request);
  return { plan: planRecovery(assessment, request, idOfExecution(execution)), assessment };
}

async function assessSwap(
  settings: Settings,
  procedure: 'undo' | 'redo',
  recoveryId: string,
): Promise<SwapAssessment> {
  const names = recoveryNames(settings, recoveryId);
  const returning = procedure === 'undo' ? names.old : names.recovered;
  const elsewhere = procedure === 'undo' ? await redirectedFrom(settings, recoveryId) : undefined;
  if (elsewhere !== undefined) return { recoveryId, returning: elsewhere, present: true };
  const present = await withSession(maintenanceUrl(settings), { purpose: 'assess undo' }, readDatabases);
  return { recoveryId, returning, present: present.some(({ name }) => name === returning) };
}
