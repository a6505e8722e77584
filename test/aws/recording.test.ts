import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startRecorder } from './recorder.ts';
import { RECORDINGS_VARIABLE, readRecorded, recordedCall } from './recording.ts';
import { NOBODY, recordedAs } from './scenes.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'msr-recordings-'));
  vi.stubEnv(RECORDINGS_VARIABLE, directory);
  for (const [name, value] of Object.entries(recordedAs('task'))) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

async function throughRecorder(
  ask: (options: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  }) => Promise<unknown>,
): Promise<string[]> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const recorder = await startRecorder();
  recorder.forwardTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  await ask({ endpoint: recorder.endpoint, region: 'eu-west-1', credentials });
  await recorder.stop();
  server.closeAllConnections();
  server.close();
  return bodies;
}

it('passes a call on as it was and writes down whose it is, what it is about, and nothing secret', async () => {
  const bodies = await throughRecorder(async (options) => {
    const command = new PutSecretValueCommand({ SecretId: 'msr/api', SecretString: 'top-secret' });
    await new SecretsManagerClient(options).send(command);
  });
  expect(bodies[0]).toContain('top-secret');
  const calls = readRecorded(directory, 'calls', recordedCall);
  expect(calls).toEqual([
    {
      ...{ app: 'msr-task', service: 'secretsmanager', operation: 'PutSecretValue', region: 'eu-west-1' },
      ...{ status: 200, about: { SecretId: 'msr/api' }, tags: {} },
    },
  ]);
});

it('passes an upload on whole, with what its headers ask for', async () => {
  const Body = 'x'.repeat(600_000);
  const bodies = await throughRecorder((options) =>
    new S3Client({ ...options, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' }).send(
      new PutObjectCommand({ Bucket: 'vault', Key: 'bed/dump', Body, Tagging: 'a=b' }),
    ),
  );
  expect(bodies[0]).toHaveLength(Body.length);
  const [call] = readRecorded(directory, 'calls', recordedCall);
  expect(call).toMatchObject({
    operation: 'PutObject',
    about: { Bucket: 'vault', Key: 'bed/dump', 'x-amz-tagging': 'a=b' },
  });
});

it("leaves a test's own calls alone", async () => {
  await throughRecorder((options) =>
    new S3Client({ ...options, ...NOBODY, forcePathStyle: true }).send(
      new PutObjectCommand({ Bucket: 'vault', Key: 'k', Body: '' }),
    ),
  );
  expect(readRecorded(directory, 'calls', recordedCall)).toEqual([]);
});
