/**
 * A process of the freeze's tests: `freezing-process.ts <what>` freezes the sink of its environment. `plain`: and
 * resumes it. `die`: and dies of SIGKILL in the body, its whole process group with it. `correct`: asks for every
 * offset to be 0.
 */
import { connectClient } from '../../lambdas/clients/connect.ts';
import { openKafkaAdmin } from '../../lambdas/clients/kafka-admin.ts';
import { withFrozenSink } from '../../lambdas/freeze/freeze.ts';
import { silentProgress } from '../../lambdas/progress.ts';
import { readSettings } from '../../lambdas/settings.ts';
import { openVault } from '../../lambdas/vault/open-vault.ts';

const [what] = process.argv.slice(2);
const settings = readSettings(process.env);
const connect = connectClient(settings.connectUrl);
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
