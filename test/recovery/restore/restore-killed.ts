/**
 * A restore that dies of SIGKILL, as a machine does. `restore-killed.ts <recovery id> <backup id>
 * <note>` begins it with the settings of its environment. It ends where the note is told, or the
 * activity of that name is half done.
 */
import { showBackup } from '../../../src/manifest/catalogue.ts';
import { restoreDatabase } from '../../../src/recovery/restore/restore.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';

const [recoveryId = '', backupId = '', deathly = ''] = process.argv.slice(2);
const settings = readSettings(process.env);
const vault = openVault(settings.vaultUrl);
const die = (): void => void process.kill(process.pid, 'SIGKILL');

await restoreDatabase(
  {
    settings,
    vault,
    recoveryId,
    signal: new AbortController().signal,
    assertLockHeld: async () => {},
    progress: {
      note: (message) => {
        if (message === deathly) die();
      },
      update: ({ activity, done, total = 0 }) => {
        if (activity === deathly && done * 2 > total) die();
      },
    },
  },
  await showBackup(vault, backupId),
);
