/**
 * A process of the cutover's tests: `renaming-process.ts cutover <oid>` freezes the sink of its environment
 * and gives the live name to the database that makeRecovered made; `undo` and `redo` do what they are called.
 */

import { connectClient } from '../../../src/clients/connect.ts';
import { openKafkaAdmin } from '../../../src/clients/kafka/kafka-admin.ts';
import { withSession } from '../../../src/clients/postgres.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { withFrozenSink } from '../../../src/freeze/freeze.ts';
import { recoveryNames } from '../../../src/live/database-names.ts';
import { locateLive } from '../../../src/live/live-server.ts';
import { writeMarker } from '../../../src/live/marker.ts';
import type { RecoveryContext } from '../../../src/recovery/context.ts';
import { renameIntoPlace } from '../../../src/recovery/cutover/rename.ts';
import { redo, undo } from '../../../src/recovery/cutover/undo.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { RECOVERY_ID } from './scene.ts';

const [what, oid] = process.argv.slice(2);
const { settings } = await locateLive(readSettings(process.env));
const ctx: RecoveryContext = {
  settings,
  vault: openVault(settings.vaultUrl),
  progress: silentProgress,
  signal: new AbortController().signal,
  recoveryId: RECOVERY_ID,
  assertLockHeld: async () => {},
};

if (what === 'undo') await undo(ctx);
else if (what === 'redo') await redo(ctx);
else await cutover(Number(oid));

async function cutover(databaseOid: number): Promise<void> {
  const connect = connectClient(settings.connect);
  const kafkaAdmin = await openKafkaAdmin(settings.kafka);
  const connector = settings.sinkConnector;
  const { live, recovered, old } = recoveryNames(settings, RECOVERY_ID);
  await withFrozenSink(
    { ...ctx, connect, kafkaAdmin },
    {
      connector,
      group: `connect-${connector}`,
      purpose: 'cutover',
      owner: RECOVERY_ID,
      whenNotRunning: 'stop',
    },
    async (frozen) => {
      const offsets = await connect.offsets(connector);
      await withSession(settings.databaseUrl, { purpose: 'test' }, (session) =>
        writeMarker(session, { recoveryId: RECOVERY_ID, offsets }, 'set'),
      );
      await frozen.recordCutover({ recoveryId: RECOVERY_ID, databaseOid });
      await renameIntoPlace(ctx, {
        live,
        incoming: { name: recovered, oid: databaseOid },
        keepAs: old,
        comment: 'kept by a test',
        afterFailure: 'open',
      });
    },
  );
  await kafkaAdmin.close();
}
