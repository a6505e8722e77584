/**
 * A process of the freeze's tests: `freezing-process.ts <what>` freezes the sink of its environment. `plain`:
 * and resumes it. `die`: and dies of SIGKILL in the body, its whole process group with it. `correct`: asks
 * for every offset to be 0.
 */
import { connectClient } from '../../src/clients/connect.ts';
import { openKafkaAdmin } from '../../src/clients/kafka/kafka-admin.ts';
import { silentProgress } from '../../src/core/progress.ts';
import { withFrozenSink } from '../../src/freeze/freeze.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { openVault } from '../../src/vault/open-vault.ts';

const [what] = process.argv.slice(2);
const settings = readSettings(process.env);
const connect = connectClient(settings.connect);
const kafkaAdmin = await openKafkaAdmin(settings.kafka);
const connector = settings.sinkConnector;

await withFrozenSink(
  { settings, connect, kafkaAdmin, vault: openVault(settings.vaultUrl), progress: silentProgress },
  {
    connector,
    group: `connect-${connector}`,
    purpose: 'backup',
    owner: 'a test process',
    whenNotRunning: 'stop',
  },
  async (frozen) => {
    if (what === 'die') process.kill(-process.pid, 'SIGKILL');
    if (what !== 'correct') return;
    const committed = await connect.offsets(connector);
    await frozen.correctOffsets(committed.map((entry) => ({ ...entry, offset: 0 })));
  },
);
await kafkaAdmin.close();
