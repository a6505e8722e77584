import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emulator } from '../../aws/emulators.ts';
import { type RecoveryHost, startRecoveryHost } from '../../baselines/ebs/recovery-host.ts';
import { freePort } from '../../bed/ports.ts';
import type { OwnServer } from '../../bed/second-server.ts';
import { programsInTrixieRoot } from '../../bed/timescale/chroot.ts';
import { copyPostgres, runPostgres } from '../../bed/timescale/postgres.ts';
import type { TimescaleServer } from '../../bed/timescale/server.ts';

/** Between the SDK and moto: moto knows no volume's content and runs no command, so this gives them one. */
export interface PlayedEc2 {
  readonly endpoint: string;
  /** Where a server on a copy will be; a new port each time. */
  newServerUrl(): Promise<string>;
  /** Starts a server on the copy that the latest CreateSnapshots made, by hand. */
  startOnCopy(): Promise<TimescaleServer>;
  /** Lets SSM's SendCommand do so from now on, at that URL. */
  startWhenCommanded(adminUrl: string): void;
  /** What the SDK asked of AWS. */
  readonly calls: RecoveryHost['calls'];
  /** All that were started so far. */
  stopServers(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Passes every call on to moto; a CreateSnapshots also copies the server's cluster as it is at that moment.
 */
export async function playEc2(moto: Emulator, own: OwnServer): Promise<PlayedEc2> {
  const host = await startRecoveryHost(moto);
  const started: TimescaleServer[] = [];
  let latest: string | undefined;
  host.play('CreateSnapshots', async () => {
    latest = await copy(own);
    return undefined;
  });
  const start = async (adminUrl: string): Promise<TimescaleServer> => {
    if (latest === undefined) throw new Error('no snapshot was taken yet');
    const server = await runCopy(latest, adminUrl);
    started.push(server);
    return server;
  };
  const newServerUrl = async (): Promise<string> => {
    const url = new URL(own.server.adminUrl);
    url.port = String(await freePort());
    return url.href;
  };
  const stopServers = async (): Promise<void> => {
    await Promise.all(started.map(({ stop }) => stop()));
  };
  return {
    endpoint: host.endpoint,
    calls: host.calls,
    newServerUrl,
    startOnCopy: async () => await start(await newServerUrl()),
    startWhenCommanded: (adminUrl) =>
      host.play('SendCommand', async () => {
        await start(adminUrl);
        return undefined;
      }),
    stopServers,
    stop: async () => {
      await stopServers();
      await host.stop();
    },
  };
}

async function copy({ dir, server }: OwnServer): Promise<string> {
  // Below it: mkdtemp's own is closed to the server's user.
  const copied = join(await mkdtemp(join(dir, 'volumes-')), 'server');
  await copyPostgres(copied, await programsInTrixieRoot(copied), server);
  return copied;
}

/** As a recovery instance is to start it: no job runs before the recovery has put them to sleep. */
async function runCopy(dir: string, adminUrl: string): Promise<TimescaleServer> {
  const settings = { 'timescaledb.max_background_workers': 0 };
  return await runPostgres(dir, await programsInTrixieRoot(dir), {
    adminUrl,
    origin: 'a copy of the volumes',
    settings,
  });
}
