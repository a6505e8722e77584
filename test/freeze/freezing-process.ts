/**
 * A process of the freeze's tests: `freezing-process.ts <what>` freezes the sink of its environment. `plain`:
 * and resumes it. `die`: and dies of SIGKILL in the body, its whole process group with it. `die-together`:
 * and its guardian, too, as in a container that is killed. `hold`: under the lock of all operations, for
 * ever. `correct`: asks for every offset to be 0.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { openKafkaAdmin } from '../../src/clients/kafka/kafka-admin.ts';
import { silentProgress } from '../../src/core/progress.ts';
import { withFrozenSink } from '../../src/freeze/freeze.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { sinkConnect } from '../../src/sink/sink-connect.ts';
import { acquireLock } from '../../src/vault/lock.ts';
import { openVault } from '../../src/vault/open-vault.ts';

const [what] = process.argv.slice(2);
const settings = readSettings(process.env);
const kafkaAdmin = await openKafkaAdmin(settings.kafka);
const connector = settings.sinkConnector;
const vault = openVault(settings.vaultUrl);
const connect = sinkConnect({ settings, vault });
if (what === 'hold' || what === 'die-together') await acquireLock(vault, { purpose: 'backup' });

/** The guardian is in a session of its own, and a child of this process. */
function killGuardian(): void {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const guardian = pids.find((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return Number(parent) === process.pid && command.includes('guardian');
    } catch {
      return false;
    }
  });
  if (guardian === undefined) throw new Error('there is no guardian');
  process.kill(Number(guardian), 'SIGKILL');
}

await withFrozenSink(
  { settings, connect, kafkaAdmin, vault, progress: silentProgress },
  {
    connector,
    group: `connect-${connector}`,
    purpose: 'backup',
    owner: 'a test process',
    whenNotRunning: 'stop',
  },
  async (frozen) => {
    if (what === 'hold') {
      console.log('holding');
      await new Promise(() => {});
    }
    if (what === 'die-together') killGuardian();
    if (what === 'die' || what === 'die-together') process.kill(-process.pid, 'SIGKILL');
    if (what !== 'correct') return;
    const committed = await connect.offsets(connector);
    await frozen.correctOffsets(committed.map((entry) => ({ ...entry, offset: 0 })));
  },
);
await kafkaAdmin.close();
