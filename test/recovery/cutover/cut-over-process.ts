/**
 * `cut-over-process.ts <recovery id>`: the cutover of a recovery that stands ready, in a process of its own.
 */
import { silentProgress } from '../../../src/core/progress.ts';
import { cutOver } from '../../../src/recovery/cutover/cut-over.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';

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
