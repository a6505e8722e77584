import { randomBytes } from 'node:crypto';
import { freePort } from '../ports.ts';
import { run } from '../run.ts';
import { startSupervised } from '../supervised.ts';
import { waitFor } from '../wait.ts';
import { type TimescaleServer, withClient } from './server.ts';

export const DOCKER_IMAGE = 'timescale/timescaledb:2.22.1-pg17';

const SETTINGS = [
  'timescaledb.telemetry_level=off',
  'max_worker_processes=64',
  'timescaledb.max_background_workers=32',
  'max_connections=200',
  'max_locks_per_transaction=512',
  'max_wal_size=4GB',
  'fsync=off',
  'timezone=UTC',
];

/**
 * Runs the image in the foreground under supervision: `docker run` hands the signal on and `--rm` removes the
 * container. The password travels in a variable of the child's environment, not in its arguments.
 */
export async function startInDocker(dir: string, origin: string): Promise<TimescaleServer> {
  const port = await freePort();
  const password = randomBytes(18).toString('base64url');
  const name = `msr-bed-${randomBytes(4).toString('hex')}`;
  await run('docker', ['pull', '--quiet', DOCKER_IMAGE]);
  const engine = startSupervised({
    name: 'postgres',
    dir,
    command: 'docker',
    args: [
      ...['run', '--rm', '--name', name, '--publish', `127.0.0.1:${port}:5432`, '--shm-size', '512m'],
      ...['--env', 'POSTGRES_PASSWORD', '--env', 'TS_TUNE_MAX_BG_WORKERS=32', DOCKER_IMAGE, 'postgres'],
      ...SETTINGS.flatMap((setting) => ['-c', setting]),
    ],
    env: { POSTGRES_PASSWORD: password },
    stopSignal: 'SIGINT',
    graceMs: 20_000,
  });
  const adminUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  try {
    // While it initializes, the image's server listens on a socket only: an answer by
    // TCP is the final server's.
    await waitFor('TimescaleDB in Docker to answer', async () => {
      engine.assertRunning();
      return withClient(adminUrl, (client) => client.query('SELECT 1'));
    });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return { adminUrl, origin, stop: () => engine.stop() };
}
