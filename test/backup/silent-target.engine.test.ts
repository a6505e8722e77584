import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeBackup } from '../../src/backup/take-backup.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { sinkState, someEvents } from '../freeze/scene.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { backupContext } from './scene.ts';

const bed = sharedBed();
let msr: Msr;
/** Where a recovery server would be, which is down between recoveries. */
let target: Server;
let asked = 0;

beforeAll(async () => {
  target = createServer((socket) => {
    asked++;
    socket.destroy();
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  msr = await bed.createMsr({ name: 'silenttarget' });
  await msr.produce(someEvents(msr, 100));
  await msr.waitForEvents(100);
});

afterAll(async () => {
  target?.close();
  await msr?.drop();
});

it('asks nothing of a recovery server that is down while the sink stands still', async () => {
  const { port } = target.address() as AddressInfo;
  const url = `postgres://postgres:x@127.0.0.1:${port}/${msr.database}`;
  const askedAt = new Map<string, number>();
  const note = (line: string) => {
    if (line.includes('is being stopped')) askedAt.set('stopped', asked);
    if (line.endsWith('runs again')) askedAt.set('runs again', asked);
  };
  const ctx = backupContext(msr, temporaryDirectory(), { MSR_TARGET_DATABASE_URL: url });
  const manifest = await takeBackup({ ...ctx, progress: { update: () => {}, note } });
  expect(manifest.cut.exact).toBe(true);
  expect(askedAt.get('stopped')).toBeGreaterThan(0);
  expect(askedAt.get('runs again')).toBe(askedAt.get('stopped'));
  expect(await sinkState(msr)).toBe('RUNNING');
});
