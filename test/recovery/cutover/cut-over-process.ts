/** `cut-over-process.ts <recovery id>`: the cutover of a recovery that stands ready, in a process of its own. */
import { silentProgress } from '../../../lambdas/progress.ts';
import { cutOver } from '../../../lambdas/recovery/cutover/cut-over.ts';
import { readSettings } from '../../../lambdas/settings.ts';
import { openVault } from '../../../lambdas/vault/open-vault.ts';

const [recoveryId = ''] = process.argv.slice(2);
const settings = readSettings(process.env);
const report = await cutOver({
  settings,
  vault: openVault(settings.vaultUrl),
  progress: silentProgress,
  signal: new AbortController().signal,
  recoveryId,
  assertLockHeld: async () => {},
});
console.log(JSON.stringify(report));
process.exit();
