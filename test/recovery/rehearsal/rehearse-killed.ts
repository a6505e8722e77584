import { silentProgress } from '../../../src/core/progress.ts';
import { showBackup } from '../../../src/manifest/catalogue.ts';
import { rehearse } from '../../../src/recovery/rehearsal/rehearse.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';

/** A rehearsal that stands still once its database is there, until it is killed. */
const [, , id = ''] = process.argv;
const settings = readSettings(process.env);
const vault = openVault(settings.vaultUrl);
const progress = {
  ...silentProgress,
  note: (message: string) => {
    // Nothing goes on from here.
    if (message === 'rehearse: schema') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};
await rehearse(
  { settings, vault, progress, signal: new AbortController().signal },
  await showBackup(vault, id),
);
