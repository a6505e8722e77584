import { ID_PATTERN } from '../../core/ids.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { localProbe } from '../../core/process-identity.ts';
import { currentOwner } from '../../vault/lock.ts';
import { ownerFate } from '../../vault/lock-owner.ts';
import { type Vault, type VaultObject, VaultPath } from '../../vault/vault.ts';
import { approvalSchema } from '../approval/approval.ts';
import { type RecoveryDocument, readRecoveryDocument } from '../documents.ts';
import { reportSchema } from '../end/report.ts';
import { type Plan, planSchema, reportDocument } from '../plan/plan.ts';
import { stepSchema, stepsOf } from '../step-record.ts';
import { progressSchema } from './progress-document.ts';
import { type RecoveryStatus, statusOf } from './recovery-status.ts';

/** There is no recovery of that id in the vault, or none at all. */
export class RecoveryNotFoundError extends OperatorError {
  override readonly name = 'RecoveryNotFoundError';
}

/** The error of an id that the vault knows nothing of. */
export function noSuchRecovery(vault: Vault, id: string): RecoveryNotFoundError {
  return new RecoveryNotFoundError(`there is no recovery ${JSON.stringify(id)} in ${vault.url}`, {
    hint: '`msr recoveries list` shows what is there; check MSR_VAULT_URL',
  });
}

/** The ids of every recovery that has a plan, newest first. */
export async function listRecoveries(vault: Vault): Promise<string[]> {
  const objects = await vault.list(VaultPath.recoveries);
  const ids = objects.map(({ path }) => path.slice(VaultPath.recoveries.length).split('/')[0] ?? '');
  return [...new Set(ids)]
    .filter((id) => ID_PATTERN.test(id))
    .sort()
    .reverse();
}

/**
 * What the vault tells of a recovery, or of its undo where that was planned later.
 * @throws RecoveryNotFoundError
 */
export async function readStatus(
  vault: Vault,
  recoveryId: string,
  now = Date.now(),
): Promise<RecoveryStatus> {
  const objects = ID_PATTERN.test(recoveryId) ? await vault.list(VaultPath.recovery(recoveryId)) : [];
  const written = writtenAt(objects, recoveryId);
  const plan = await readLatestPlan(vault, recoveryId, written);
  if (plan === undefined) throw noSuchRecovery(vault, recoveryId);
  const read = <T extends Parameters<typeof readRecoveryDocument>[3]>(name: RecoveryDocument, schema: T) =>
    readRecoveryDocument<T>(vault, recoveryId, name, schema);
  const records = {
    ...{ recoveryId, plan, written },
    approval: await read('approval', approvalSchema),
    progress: await read('progress', progressSchema),
    report: await read(reportDocument(plan.procedure), reportSchema),
    steps: await readSteps(vault, recoveryId, plan, written),
    locked: await holdsLock(vault, written),
  };
  return statusOf(records, now);
}

/**
 * When each document was written, by name. The page is written after everything that it tells
 * of, and says nothing itself.
 */
function writtenAt(objects: readonly VaultObject[], recoveryId: string): ReadonlyMap<string, Date> {
  const start = VaultPath.recovery(recoveryId).length;
  return new Map(
    objects
      .filter(({ path }) => path.endsWith('.json'))
      .map(({ path, modifiedAt }) => [path.slice(start, -'.json'.length), modifiedAt]),
  );
}

async function readLatestPlan(
  vault: Vault,
  recoveryId: string,
  written: ReadonlyMap<string, Date>,
): Promise<Plan | undefined> {
  const [standard, undo] = [written.get('plan'), written.get('undo-plan')];
  const isUndo = undo !== undefined && (standard === undefined || undo > standard);
  if (standard === undefined && undo === undefined) return undefined;
  return await readRecoveryDocument(vault, recoveryId, isUndo ? 'undo-plan' : 'plan', planSchema);
}

async function readSteps(
  vault: Vault,
  recoveryId: string,
  { procedure }: Plan,
  written: ReadonlyMap<string, Date>,
): Promise<RecoveryStatus['steps']> {
  const names = stepsOf(procedure).filter((name) => written.has(name));
  const steps = await Promise.all(
    names.map((name) => readRecoveryDocument(vault, recoveryId, name, stepSchema)),
  );
  return steps.filter((step) => step !== undefined);
}

/**
 * S3 tells whole seconds of when something was written, and a file system's clock lags a few
 * milliseconds.
 */
const CLOCK_GRAIN_MS = 1_000;

/**
 * The lock does not name its recovery. There is one at a time, and the one that took it writes at
 * once. An owner that cannot be seen from here counts as alive: whoever wants the lock watches it, a
 * look at the status does not.
 */
async function holdsLock(vault: Vault, written: ReadonlyMap<string, Date>): Promise<boolean> {
  const owner = await currentOwner(vault);
  if (owner?.purpose !== 'recover' && owner?.purpose !== 'undo') return false;
  const acquiredAt = Date.parse(owner.acquiredAt);
  const isOurs = [...written.values()].some((at) => at.getTime() + CLOCK_GRAIN_MS >= acquiredAt);
  return isOurs && ownerFate(owner, localProbe) !== 'dead';
}
