import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { history } from '../bed/events.ts';
import type { Msr } from '../bed/msr.ts';
import { chooseSeed } from '../bed/random.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { type ContainerResult, runInImage } from './container.ts';
import { buildImage, type Image } from './image.ts';

let image: Image;
let work: string;

beforeAll(async () => {
  image = await buildImage();
}, 600_000);

afterAll(() => image?.dispose());

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'msr-image-work-'));
});

afterEach(() => rm(work, { recursive: true, force: true }));

describe('the image', () => {
  test('runs as a user of its own, who can write to /work and nowhere else', async () => {
    const probe =
      'id -u; touch /work/mine && echo work; touch /opt/msr/mine || touch /mine || echo nowhere else';
    const { stdout } = await runInImage(image, work, ['sh', '-c', probe]);

    expect(stdout.trim().split('\n')).toEqual(['10001', 'work', 'nowhere else']);
  });

  test("has the command line for its entry point, and PostgreSQL's programs of the server's version", async () => {
    const help = await msr(['--help']);
    const { stdout: pgDump } = await runInImage(image, work, ['pg_dump', '--version']);

    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: msr');
    expect(pgDump).toMatch(/^pg_dump \(PostgreSQL\) 17\./);
  });

  test('takes a backup, reads all of it again, and recovers a lost database from it', async () => {
    const mine = await sharedBed().createMsr({ name: 'image' });
    try {
      await loseAndRecover(mine);
    } finally {
      await mine.drop();
    }
  });
});

async function loseAndRecover(mine: Msr): Promise<void> {
  const now = new Date();
  const from = new Date(now.getTime() - 3_600_000);
  const { topics } = mine;
  await mine.produce(history({ seed: chooseSeed(), count: 500, topics, from, to: now, firstNumber: 1 }));
  await mine.waitForEvents(500);
  const { MSR_PG_BIN: _outside, ...env } = { ...mine.env('/work/vault') };

  const backup = await msr(['backup', '--ignore-maintenance', '--json'], env);
  expect(backup, backup.stderr).toMatchObject({ exitCode: 0 });
  const { id } = JSON.parse(backup.stdout);
  const verified = await msr(['backups', 'verify', id, '--json'], env);
  expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: 'verified' });

  await mine.query('admin', (client) => client.query('DROP TABLE msr.snapshot_pointer CASCADE'));
  const recovery = await msr(['recover', '--yes', '--json'], env);
  expect(recovery, recovery.stderr).toMatchObject({ exitCode: 0 });
  await mine.waitForEvents(500);
}

function msr(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ContainerResult> {
  return runInImage(image, work, [...image.config.Entrypoint, ...args], env);
}
