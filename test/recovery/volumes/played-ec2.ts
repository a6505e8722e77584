import { mkdtemp } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '../../bed/ports.ts';
import type { OwnServer } from '../../bed/second-server.ts';
import { programsInTrixieRoot } from '../../bed/timescale/chroot.ts';
import { copyPostgres, runPostgres } from '../../bed/timescale/postgres.ts';
import type { TimescaleServer } from '../../bed/timescale/server.ts';

/** Between the SDK and moto: moto knows no volume's content, so this gives the snapshots one. */
export interface PlayedEc2 {
  readonly endpoint: string;
  /** Starts a server on the copy that the latest CreateSnapshots made, at `adminUrl`; a new port each time. */
  startOnCopy(): Promise<TimescaleServer>;
  stop(): Promise<void>;
}

/**
 * Passes every call on to moto; a CreateSnapshots also copies the server's cluster as it is at that moment.
 * @param emulator moto's endpoint
 */
export async function playEc2(emulator: string, own: OwnServer): Promise<PlayedEc2> {
  let latest: string | undefined;
  const started: TimescaleServer[] = [];
  const server = createServer((request, response) => {
    const answer = async () => {
      const body = await text(request);
      if (/(^|&)Action=CreateSnapshots(&|$)/.test(body)) latest = await copy(own);
      const passed = await pass(emulator, request, body);
      response.writeHead(passed.status, Object.fromEntries(passed.headers));
      response.end(await passed.text());
    };
    answer().catch((error: unknown) => {
      console.error(error);
      response.writeHead(500);
      response.end(String(error));
    });
  });
  const endpoint = await listen(server);
  return {
    endpoint,
    startOnCopy: async () => {
      if (latest === undefined) throw new Error('no snapshot was taken yet');
      const copied = await runCopy(latest, own);
      started.push(copied);
      return copied;
    },
    stop: async () => {
      await Promise.all(started.map(({ stop }) => stop()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
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
async function runCopy(dir: string, { server }: OwnServer): Promise<TimescaleServer> {
  const url = new URL(server.adminUrl);
  url.port = String(await freePort());
  return await runPostgres(dir, await programsInTrixieRoot(dir), {
    adminUrl: url.href,
    origin: 'a copy of the volumes',
    settings: { 'timescaledb.max_background_workers': 0 },
  });
}

async function pass(emulator: string, { method, url, headers }: IncomingMessage, body: string) {
  const { host: _, connection: __, ...kept } = headers;
  const init = { method: method ?? 'POST', headers: kept as Record<string, string> };
  return await fetch(new URL(url ?? '/', emulator), method === 'GET' ? init : { ...init, body });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
