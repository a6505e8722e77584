import { OperatorError } from '../../core/operator-error.ts';
import { configurationFault } from '../../validation/checks/configuration.ts';
import { valuesOf } from '../configuration/diff-configuration.ts';
import {
  findRestored,
  readLiveConfiguration,
  restoreConfiguration,
  undoConfiguration,
} from '../configuration/restore-configuration.ts';
import type { RecoveryContext } from '../context.ts';
import type { Plan } from '../plan/plan.ts';
import type { RepairProcedure, RepairResult } from './repair.ts';

/** The playbook's configuration-only recovery: the values that were approved, in one transaction. */
export const configurationRepair: RepairProcedure = {
  run,
  planUndo: async ({ vault }, recoveryId) => {
    const restored = await findRestored(vault, recoveryId);
    if (restored === undefined) return { remarks: [], refusal: `recovery ${recoveryId} has set no values` };
    const keys = restored.changes.map(({ key }) => key).join(', ');
    return { remarks: [`${keys} get the values back that they had before ${restored.restoredAt}`] };
  },
  undo: async ({ vault, settings, recoveryId, assertLockHeld }) => {
    await assertLockHeld();
    const { changes } = await undoConfiguration(vault, settings, recoveryId);
    return { live: 'the values from before', remarks: [`${changes.length} values were put back`] };
  },
};

async function run(ctx: RecoveryContext, { backupId, configuration = [] }: Plan): Promise<RepairResult> {
  const { vault, settings, recoveryId, assertLockHeld } = ctx;
  if (backupId === undefined || configuration.length === 0) {
    throw new OperatorError(`the plan of the recovery ${recoveryId} sets no values`, {
      hint: 'run `msr recover --procedure configuration` again: it plans by what is there now',
    });
  }
  const present = valuesOf(await readLiveConfiguration(settings));
  const isSet = configuration.every(({ key, backup }) => present.get(key) === backup);
  if (!isSet) {
    await assertLockHeld();
    await restoreConfiguration(vault, settings, { id: recoveryId, backupId, changes: configuration });
  }
  const fault = configurationFault(valuesOf(await readLiveConfiguration(settings)));
  const set = `${configuration.length} values of the backup ${backupId} are set: ${configuration.map(({ key }) => key).join(', ')}`;
  return {
    skipped: false,
    verdict: fault === undefined ? 'recovered' : 'not recovered',
    remarks: [
      set,
      'the policies of TimescaleDB follow at the next maintenance',
      ...(fault === undefined ? [] : [`MSR still cannot run by msr.configuration: ${fault}`]),
    ],
  };
}
