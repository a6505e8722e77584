/** `repair-process.ts repair|undo <recovery id>`: the step of a planned recovery, in a process of its own. */
import { silentProgress } from '../../../src/core/progress.ts';
import { repairStep } from '../../../src/recovery/steps/repair-step.ts';
import { undoStep } from '../../../src/recovery/steps/undo-step.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';

const [step, recoveryId = ''] = process.argv.slice(2);
const settings = readSettings(process.env);
await (step === 'undo' ? undoStep : repairStep)({
  settings,
  vault: openVault(settings.vaultUrl),
  progress: silentProgress,
  signal: new AbortController().signal,
  recoveryId,
  assertLockHeld: async () => {},
});
process.exit();
