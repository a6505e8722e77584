import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connectClient } from '../../src/clients/connect.ts';
import { openKafkaAdmin } from '../../src/clients/kafka/kafka-admin.ts';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../src/core/failpoint.ts';
import type { Offsets } from '../../src/core/offsets.ts';
import { silentProgress } from '../../src/core/progress.ts';
import type { FreezeDeps, FreezeRequest } from '../../src/freeze/freeze.ts';
import { readFreeze } from '../../src/freeze/freeze-record.ts';
import { sinkFound } from '../../src/freeze/sink-control.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { sinkConnect } from '../../src/sink/sink-connect.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { type BedEvent, history } from '../bed/events.ts';
import type { Msr } from '../bed/msr.ts';
import { waitFor } from '../bed/wait.ts';

/** What a freeze of this MSR's sink works with, in this process. */
export async function openFreezeDeps(
  msr: Msr,
  directory: string,
): Promise<FreezeDeps & { close: () => Promise<void> }> {
  const settings = readSettings(msr.env(directory));
  const kafkaAdmin = await openKafkaAdmin(settings.kafka);
  const vault = openVault(settings.vaultUrl);
  return {
    settings,
    kafkaAdmin,
    connect: sinkConnect({ settings, vault }),
    vault,
    progress: silentProgress,
    close: () => kafkaAdmin.close(),
  };
}

export function freezeRequest(msr: Msr, change: Partial<FreezeRequest> = {}): FreezeRequest {
  return {
    connector: msr.connector,
    group: `connect-${msr.connector}`,
    purpose: 'backup',
    owner: 'a test',
    whenNotRunning: 'leave-as-found',
    ...change,
  };
}

/** Events of the last hour, numbered from `firstNumber`. */
export function someEvents(msr: Msr, count: number, firstNumber = 1): BedEvent[] {
  const to = new Date();
  const from = new Date(to.getTime() - 3_600_000);
  return [...history({ seed: firstNumber, count, topics: msr.topics, from, to, firstNumber })];
}

export interface Tally {
  readonly rows: number;
  readonly numbers: number;
}

/** How many events the live database holds, and how many different ones. */
export async function tally(msr: Msr): Promise<Tally> {
  const { rows } = await msr.query('admin', (client) =>
    client.query<Tally>(
      `SELECT count(*)::int AS rows, count(DISTINCT entity_state ->> 'n')::int AS numbers FROM msr.cdc_event`,
    ),
  );
  return rows[0] ?? { rows: -1, numbers: -1 };
}

export interface ChildEnd {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly said: string;
}

/** Runs a script of the tests in a process group of its own, which dies at the failpoint. */
export async function runChild(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  failpoint?: Failpoint | `${Failpoint}#${number}`,
): Promise<ChildEnd> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL(script, import.meta.url)), ...args],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, ...(failpoint === undefined ? {} : { [FAILPOINT_VARIABLE]: failpoint }) },
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code, signal] = await once(child, 'exit');
  return { code, signal, said };
}

/** Returns when nobody has the sink frozen any more. */
export async function waitForThaw(vault: Vault, connector: string): Promise<void> {
  await waitFor(
    `the freeze of ${connector} to end`,
    async () => (await readFreeze(vault, connector)) === undefined,
  );
}

export async function sinkState(msr: Msr): Promise<string | undefined> {
  const { connect } = readSettings(msr.env('/nowhere'));
  return sinkFound(await connectClient(connect).status(msr.connector));
}

/** Position 0 in every partition of an MSR with the usual four. */
export function zeroOffsets(msr: Msr): Offsets {
  return msr.topics.flatMap((topic) => [0, 1, 2, 3].map((partition) => ({ topic, partition, offset: 0 })));
}
