import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { judge, type VerifyOptions, verifyBackup } from '../../src/baselines/verify-backup.ts';
import { DumpFaultError } from '../../src/clients/dump-fault.ts';
import { PgToolError } from '../../src/clients/pg-tools.ts';
import { ExitCode, OperatorError } from '../../src/core/operator-error.ts';
import { silentProgress } from '../../src/core/progress.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import { SAMPLE_ID, sampleManifest } from '../manifest/sample-manifest.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const PATH = VaultPath.dump(SAMPLE_ID);
/** Larger than every buffer on the way, so that a reader which stops early is felt. */
const CONTENT = Buffer.alloc(5_000_000, 'msr dump ');

const readAll: VerifyOptions['readDump'] = async (content) => {
  const read = await buffer(content);
  if (!read.equals(CONTENT)) throw new DumpFaultError('pg_restore: end of file', { hint: 'none' });
};
const options = { readDump: readAll, progress: silentProgress, signal: new AbortController().signal };

async function storedBackup() {
  const { vault, directory } = temporaryVault();
  const artifact = await vault.writeArtifact(PATH, Readable.from([CONTENT]));
  const manifest = sampleManifest({ artifacts: [artifact] });
  await vault.writeDocument(VaultPath.manifest(SAMPLE_ID), JSON.stringify(manifest));
  return { vault, file: join(directory, PATH), artifact };
}

describe('verifyBackup', () => {
  test('reads all of it, by digest and by pg_restore, and tells how far it is', async () => {
    const { vault } = await storedBackup();
    const seen: number[] = [];
    const progress = { ...silentProgress, update: ({ done }: { done: number }) => void seen.push(done) };
    expect(await verifyBackup(vault, SAMPLE_ID, { ...options, progress })).toEqual({
      backupId: SAMPLE_ID,
      verdict: 'verified',
      artifacts: [
        {
          path: PATH,
          bytes: CONTENT.length,
          outcome: 'intact',
          fact: 'size and SHA-256 are those of the manifest, pg_restore reads all of it',
        },
      ],
    });
    expect(seen.at(-1)).toBe(CONTENT.length);
  });

  test('one flipped bit is found', async () => {
    const { vault, file, artifact } = await storedBackup();
    const flipped = Buffer.from(CONTENT);
    flipped[2_500_000] = (flipped[2_500_000] ?? 0) ^ 1;
    writeFileSync(file, flipped);
    const sha256 = createHash('sha256').update(flipped).digest('hex');
    expect(await verifyBackup(vault, SAMPLE_ID, options)).toMatchObject({
      verdict: 'damaged',
      artifacts: [{ fact: `its SHA-256 is ${sha256}; the manifest says ${artifact.sha256}` }],
    });
  });

  test('half of it is found', async () => {
    const { vault, file } = await storedBackup();
    writeFileSync(file, CONTENT.subarray(0, 2_500_000));
    expect(await verifyBackup(vault, SAMPLE_ID, options)).toMatchObject({
      verdict: 'damaged',
      artifacts: [{ fact: 'it has 2500000 bytes; the manifest says 5000000' }],
    });
  });

  test('a dump that pg_restore cannot read is damaged though its digest is right; the rest is still read', async () => {
    const { vault } = await storedBackup();
    const readDump: VerifyOptions['readDump'] = async (content) => {
      for await (const _ of content)
        throw new DumpFaultError('pg_restore: not a valid archive', { hint: 'none' });
    };
    expect(await verifyBackup(vault, SAMPLE_ID, { ...options, readDump })).toMatchObject({
      verdict: 'damaged',
      artifacts: [{ outcome: 'damaged', fact: 'pg_restore: not a valid archive' }],
    });
  });

  test('a missing artifact is damage, not an error', async () => {
    const { vault } = temporaryVault();
    await vault.writeDocument(VaultPath.manifest(SAMPLE_ID), JSON.stringify(sampleManifest()));
    expect(await verifyBackup(vault, SAMPLE_ID, options)).toMatchObject({
      verdict: 'damaged',
      artifacts: [{ fact: 'it is missing' }],
    });
  });

  const notTried: ReadonlyArray<readonly [what: string, error: Error, fact: string, hint: string]> = [
    ['a failing spawn', new Error('spawn failed'), 'spawn failed', 'mend what it says and verify again'],
    [
      'no pg_restore',
      new OperatorError('pg_restore is not there', { hint: 'install it' }),
      'pg_restore is not there',
      'install it',
    ],
    [
      'an older pg_restore',
      new PgToolError('pg_restore failed: pg_restore: error: unsupported version (1.16) in file header', {
        hint: 'its own',
      }),
      'pg_restore failed: pg_restore: error: unsupported version (1.16) in file header',
      'its own',
    ],
    [
      'a pg_restore without its libraries',
      new PgToolError('pg_restore failed: pg_restore: error while loading shared libraries: libpq.so.5', {
        ...{ hint: 'its own', exit: 127 },
      }),
      'pg_restore failed: pg_restore: error while loading shared libraries: libpq.so.5',
      'its own',
    ],
    [
      'a killed pg_restore',
      new PgToolError('pg_restore failed: exit SIGKILL', { hint: 'its own' }),
      'pg_restore failed: exit SIGKILL',
      'its own',
    ],
  ];
  test.each(notTried)('%s is no verdict: could not verify', async (_, error, fact, hint) => {
    const { vault } = await storedBackup();
    const readDump = () => Promise.reject(error);
    await expect(verifyBackup(vault, SAMPLE_ID, { ...options, readDump })).rejects.toMatchObject({
      name: 'BackupUnverifiedError',
      message: `the backup ${SAMPLE_ID} could not be verified: ${fact}`,
      hint,
      exitCode: ExitCode.couldNotVerify,
      cause: error,
    });
  });

  test('what is damaged by its bytes is damaged, though there is no pg_restore', async () => {
    const { vault, file } = await storedBackup();
    writeFileSync(file, CONTENT.subarray(0, 2_500_000));
    const readDump = () =>
      Promise.reject(new OperatorError('pg_restore is not there', { hint: 'install it' }));
    expect(await verifyBackup(vault, SAMPLE_ID, { ...options, readDump })).toMatchObject({
      verdict: 'damaged',
      artifacts: [{ fact: 'it has 2500000 bytes; the manifest says 5000000' }],
    });
  });

  test('stops where it is cancelled', async () => {
    const { vault } = await storedBackup();
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(verifyBackup(vault, SAMPLE_ID, { ...options, signal })).rejects.toThrow('cancelled');
  });
});

test('one damaged artifact of several condemns the backup', () => {
  const artifacts = ['a', 'b'].map((path) => ({ path, bytes: 1, sha256: path.repeat(64) }));
  const readings = artifacts.map(({ path, sha256 }) => ({ path, found: { bytes: 1, sha256 } }));
  const manifest = sampleManifest({ artifacts });
  expect(judge(manifest, readings).verdict).toBe('verified');
  expect(judge(manifest, readings.slice(1)).artifacts.map(({ outcome }) => outcome)).toEqual([
    'damaged',
    'intact',
  ]);
  expect(judge(manifest, readings.slice(1)).verdict).toBe('damaged');
});
