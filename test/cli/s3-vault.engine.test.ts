import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMinistack } from '../aws/emulators.ts';
import { recordScene } from '../aws/recording.ts';
import { JUDGED, NOBODY } from '../aws/scenes.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { sinkState, someEvents, tally } from '../freeze/scene.ts';
import { ARTIFACTS, DOCUMENTS, s3Server } from '../vault/s3-vaults.ts';
import { type SeenProcess, watchProcesses } from './process-environments.ts';
import { type MsrResult, runMsr } from './run-msr.ts';

const SECRET_VARIABLES = ['MSR_DATABASE_URL', 'MSR_TARGET_DATABASE_URL'] as const;
const SECRET_ID = 'msr/az-a';
const PREFIX = `az-a/${randomUUID()}`;

const bed = sharedBed();
const server = s3Server(startMinistack);
const tmp = mkdtempSync(join(tmpdir(), 'msr-s3-test-'));

let msr: Msr;
let env: Record<string, string>;
let secret: Record<string, string>;
let produced = 0;
const said: string[] = [];
let processes: SeenProcess[] = [];

beforeAll(async () => {
  msr = await bed.createMsr({ name: 's3' });
  await produceMore();
  const all: Record<string, string> = { ...msr.env(tmp), TMPDIR: tmp };
  secret = Object.fromEntries(SECRET_VARIABLES.map((name) => [name, all[name] ?? '']));
  const rest = Object.entries(all).filter(([name]) => !(name in secret));
  env = {
    ...Object.fromEntries(rest),
    MSR_SECRET_ID: SECRET_ID,
    MSR_VAULT_URL: `s3://${ARTIFACTS}/${PREFIX}?documents=${DOCUMENTS}&retention=GOVERNANCE:1`,
  };
  recordScene({ standsFor: { [PREFIX]: 'bed', [SECRET_ID]: JUDGED.secret } });
  const SecretString = JSON.stringify(secret);
  await new SecretsManagerClient(NOBODY).send(new CreateSecretCommand({ Name: SECRET_ID, SecretString }));
});
afterAll(async () => {
  rmSync(tmp, { recursive: true, force: true });
  await msr?.drop();
});

async function produceMore(): Promise<void> {
  await msr.produce(someEvents(msr, 300, produced + 1));
  produced += 300;
  await msr.waitForEvents(produced);
}

async function run(...args: string[]): Promise<MsrResult> {
  const result = await runMsr(args, env);
  said.push(result.stdout, result.stderr);
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode: 0 });
  return result;
}

async function keysIn(bucket: string): Promise<string[]> {
  const keys: string[] = [];
  const request = { Bucket: bucket, Prefix: PREFIX };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: server.client }, request)) {
    keys.push(...Contents.map(({ Key = '' }) => Key));
  }
  return keys;
}

test('a backup in S3 is taken, verified and recovered, with the credentials in a secret', async () => {
  const endWatch = watchProcesses(['guardian', 'task']);
  const { id } = JSON.parse((await run('backup', '--json')).stdout);
  const folder = `${PREFIX}/backups/${id}`;
  const artifacts = ['database.dump', 'head.json', 'manifest.json'];
  expect(await keysIn(ARTIFACTS)).toEqual(artifacts.map((name) => `${folder}/${name}`));
  expect(await keysIn(DOCUMENTS)).toEqual([]);
  const head = new HeadObjectCommand({ Bucket: ARTIFACTS, Key: `${folder}/manifest.json` });
  expect(await server.client.send(head)).toMatchObject({ ObjectLockMode: 'GOVERNANCE' });
  await run('backups', 'verify', id);

  await produceMore();
  expect((await run('recover', '--force', '--yes')).stdout).toMatch(/\nverdict +RECOVERED\n$/);
  await produceMore();
  expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
  expect(await sinkState(msr)).toBe('RUNNING');
  processes = endWatch().filter(({ environment }) => environment.includes(PREFIX));
});

test('no credential of the secret was said, stored, or handed on to another process', async () => {
  const stored: string[] = [];
  for (const bucket of [ARTIFACTS, DOCUMENTS]) {
    for (const Key of await keysIn(bucket)) {
      const { Body } = await server.client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      stored.push((await Body?.transformToString('latin1')) ?? '');
    }
  }
  expect(stored.length).toBeGreaterThan(5);
  const { password } = new URL(secret['MSR_DATABASE_URL'] ?? '');
  expect(password.length).toBeGreaterThan(20);
  const commands = new Set(processes.map(({ command: [name, what] }) => (name === 'task' ? what : name)));
  expect([...commands].sort()).toEqual(['cut-over', 'guardian', 'replay', 'restore']);
  const environments = processes.map(({ environment }) => environment);
  for (const text of [...said, ...stored, ...environments]) expect(text.includes(password)).toBe(false);
});
