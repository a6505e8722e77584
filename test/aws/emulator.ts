import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SupervisedOptions, startSupervised } from '../bed/supervised.ts';
import { waitFor } from '../bed/wait.ts';
import { startRecorder } from './recorder.ts';
import { recordingsDirectory } from './recording.ts';

/** A stand-in for AWS on a loopback port. */
export interface Emulator {
  readonly endpoint: string;
  /** What a client's environment needs to talk to it and to nothing else: endpoint, credentials, region. */
  readonly env: Readonly<Record<string, string>>;
  /** Its log, and what it stores. Gone after `stop`. */
  readonly dir: string;
  /**
   * Ends it (SIGKILL where it does not listen to SIGTERM) and deletes what it stored.
   * Harmless when called twice.
   */
  stop(): Promise<void>;
}

export const EMULATED_REGION = 'eu-west-1';

export interface EmulatorOptions {
  readonly name: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The command, in a directory of its own; the endpoint is the one that its own clients are to be told. */
  readonly command: (
    dir: string,
    endpoint: string,
  ) => Promise<Pick<SupervisedOptions, 'command' | 'args' | 'env'>>;
  /** Whether it answers. What it throws counts as 'not yet'. */
  readonly ready: (endpoint: string) => Promise<boolean>;
}

/**
 * @throws Error with the end of its log, where it does not answer within a minute;
 * nothing is left running then
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { name, port, accessKeyId, secretAccessKey } = options;
  // 127.0.0.1, not localhost: with an address the SDK's S3 client puts the bucket into the path.
  const direct = `http://127.0.0.1:${port}`;
  const recorder = recordingsDirectory() === undefined ? undefined : await startRecorder();
  recorder?.forwardTo(direct);
  const endpoint = recorder?.endpoint ?? direct;
  const dir = await mkdtemp(join(tmpdir(), `msr-${name}-`));
  // ministack has been seen to hang after a SIGTERM.
  const engine = startSupervised({ name, dir, graceMs: 3000, ...(await options.command(dir, endpoint)) });
  const stop = async () => {
    await engine.stop();
    await recorder?.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await waitFor(`${name} to answer`, async () => {
      engine.assertRunning();
      return await options.ready(direct);
    });
  } catch (error) {
    await engine.stop();
    await recorder?.stop();
    throw error;
  }
  return { endpoint, env: clientEnvironment(endpoint, accessKeyId, secretAccessKey), dir, stop };
}

function clientEnvironment(endpoint: string, accessKeyId: string, secretAccessKey: string) {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: EMULATED_REGION,
    AWS_DEFAULT_REGION: EMULATED_REGION,
    // Nobody's own profile decides where a test goes.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
