import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../bed/ports.ts';
import { emulatorPython, versitygwProgram } from './cache.ts';
import { EMULATED_REGION, type Emulator, startEmulator } from './emulator.ts';

export { EMULATED_REGION, type Emulator } from './emulator.ts';

/** moto's account, whatever the access key says. */
export const MOTO_ACCOUNT = '123456789012';
/** ministack takes a 12-digit access key for the account. */
export const MINISTACK_ACCOUNT = '111122223333';

/** moto answers for API contracts: EC2 and S3 above all. Knows no processes: nothing that it 'runs' runs. */
export async function startMoto(): Promise<Emulator> {
  const port = await freePort();
  return await startEmulator({
    name: 'moto',
    port,
    accessKeyId: 'test',
    secretAccessKey: 'test',
    command: async () => ({
      command: await emulatorPython(),
      args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    }),
    ready: async (endpoint) => (await fetch(`${endpoint}/moto-api/data.json`)).ok,
  });
}

/**
 * ministack takes deployments and runs schedules, state machines and Lambdas (by the `node` on PATH).
 * @param env more variables for ministack and its Lambdas, for instance AWS_ENDPOINT_URL_EC2 of a moto
 */
export async function startMinistack(env: Readonly<Record<string, string>> = {}): Promise<Emulator> {
  const port = await freePort();
  return await startEmulator({
    name: 'ministack',
    port,
    accessKeyId: MINISTACK_ACCOUNT,
    secretAccessKey: 'test',
    command: async (dir, endpoint) => {
      await mkdir(join(dir, 'tmp'));
      return {
        command: await emulatorPython(),
        args: ['-m', 'ministack'],
        env: { ...ministackEnvironment(port, endpoint, join(dir, 'tmp')), ...env },
      };
    },
    ready: async (endpoint) => (await fetch(`${endpoint}/_ministack/ready`)).ok,
  });
}

function ministackEnvironment(port: number, endpoint: string, temporary: string): Record<string, string> {
  return {
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_REGION: EMULATED_REGION,
    // Otherwise it listens on 0.0.0.0:8883 as well, whatever BIND_HOST says.
    IOT_MTLS_ENABLED: '0',
    // For its Lambdas with a runtime of their own (`provided.*`), which are told no endpoint otherwise.
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: MINISTACK_ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'test',
    // Lambdas' code is unpacked there.
    TMPDIR: temporary,
  };
}

/** An S3 server over a directory; its Object Lock holds multipart uploads, too. */
export async function startVersitygw(): Promise<Emulator> {
  const port = await freePort();
  const [accessKeyId, secretAccessKey] = ['versity-test', 'versity-secret'];
  return await startEmulator({
    name: 'versitygw',
    port,
    accessKeyId,
    secretAccessKey,
    command: async (dir) => {
      const [data, versions] = [join(dir, 'data'), join(dir, 'versions')];
      await Promise.all([mkdir(data), mkdir(versions)]);
      return {
        command: await versitygwProgram(),
        args: [
          '--region',
          EMULATED_REGION,
          '--port',
          `127.0.0.1:${port}`,
          'posix',
          '--versioning-dir',
          versions,
          data,
        ],
        env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
      };
    },
    // Without a signature it refuses, and so answers.
    ready: async (endpoint) => (await fetch(endpoint)).status === 403,
  });
}
