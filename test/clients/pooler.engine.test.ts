import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSession } from '../../src/clients/postgres.ts';
import { isOneServer, runningServer } from '../../src/live/live-server.ts';
import { backUp } from '../backup/scene.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { runCli } from '../cli/run-cli.ts';
import { sinkState, someEvents } from '../freeze/scene.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { type PlayedPooler, type PoolerHabits, playPooler } from './played-pooler.ts';

const bed = sharedBed();

describe('a database behind a pooler', () => {
  let msr: Msr;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'pooled' });
    await msr.produce(someEvents(msr, 50));
    await msr.waitForEvents(50);
  });
  afterAll(() => msr?.drop());

  async function through(habits: PoolerHabits, work: (url: string, pooler: PlayedPooler) => Promise<void>) {
    const pooler = await playPooler(msr.url('backup'), habits);
    try {
      const url = new URL(msr.url('backup'));
      url.hostname = '127.0.0.1';
      url.port = String(pooler.port);
      await work(url.href, pooler);
    } finally {
      await pooler.stop();
    }
  }

  it.each<[string, PoolerHabits, RegExp]>([
    [
      'ignores the settings of a session',
      { ignoresOptions: true },
      /is a pooler, not the server: it ignores the settings of a session: \S+ is .*, not /,
    ],
    ['refuses them', { refusesOptions: true }, /it says: unsupported startup parameter: options$/],
    [
      'shares sessions',
      { ownProcessNumber: true },
      /it shares the server's sessions: process \d+ answers for 424242$/,
    ],
  ])('that %s is refused before the sink is stopped', async (_, habits, message) => {
    await through(habits, async (url) => {
      await expect(backUp(msr, temporaryDirectory(), { MSR_DATABASE_URL: url })).rejects.toMatchObject({
        name: 'DatabaseConnectionError',
        reason: 'pooler',
        message: expect.stringMatching(message),
        hint: expect.stringContaining('name host and port of the server itself'),
      });
      expect(await sinkState(msr)).toBe('RUNNING');
      // Who the server is, it says through any pooler: the same by either address.
      expect(await isOneServer({ databaseUrl: url, targetDatabaseUrl: bed.adminUrl })).toBe(true);
      expect(await runningServer(url)).toBe(await runningServer(msr.url('backup')));
    });
  });

  it('or a proxy that changes nothing is the server, also to the doctor', async () => {
    await through({}, async (url) => {
      await withSession(url, { purpose: 'test' }, async (session) => {
        await session.query('SELECT 1');
      });
      const env = { ...msr.env(temporaryDirectory()), MSR_DATABASE_URL: url };
      const { stdout } = await runCli(['doctor', '--json'], env);
      expect(JSON.parse(stdout).checks).toContainEqual({
        name: 'sink database',
        outcome: 'ok',
        fact: expect.stringMatching(
          /^the sink writes to .*, which is the server of 127.0.0.1:\d+\/.* by another address$/,
        ),
      });
    });
  });
});
