import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import { readVerification } from '../../../src/manifest/verification.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { VaultPath } from '../../../src/vault/vault.ts';
import { backUp } from '../../backup/scene.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { runCli } from '../../cli/run-cli.ts';
import { someEvents } from '../../freeze/scene.ts';
import { temporaryDirectory } from '../../vault/temporary-vault.ts';

const bed = sharedBed();

let msr: Msr;
beforeAll(async () => {
  msr = await bed.createMsr({ name: 'brokentool', tasks: 1 });
  await msr.produce(someEvents(msr, 200));
  await msr.waitForEvents(200);
});
afterAll(() => msr?.drop());

/** A directory whose pg_restore does as the script says; `$real` is one that works. */
function pgBinWith(env: Readonly<Record<string, string>>, script: string): string {
  const bin = temporaryDirectory();
  const program = join(bin, 'pg_restore');
  writeFileSync(program, `#!/bin/bash\nreal="${env['MSR_PG_BIN']}/pg_restore"\n${script}\n`);
  chmodSync(program, 0o755);
  return bin;
}

test('a pg_restore that cannot do its work marks no backup damaged; one that works tells half a dump', async () => {
  const directory = temporaryDirectory();
  const env = msr.env(directory);
  const { id } = await backUp(msr, directory);
  const vault = openVault(env['MSR_VAULT_URL'] ?? '');
  const verify = (change: Readonly<Record<string, string>> = {}) =>
    runCli(['backups', 'verify', id, '--no-rehearsal'], { ...env, ...change });
  for (const script of [
    'exit 127',
    'cat > /dev/null; exit 137',
    'kill -9 $$',
    'echo "$real: error while loading shared libraries: libpq.so.5: cannot open shared object file" >&2; exit 127',
    // Real ones: no memory to speak of, and wrappers that pass no input on, or content with anything.
    'ulimit -v 2000; exec "$real" "$@"',
    'exec "$real" "$@" < /dev/null',
    'cat > /dev/null',
  ]) {
    const broken = await verify({ MSR_PG_BIN: pgBinWith(env, script) });
    expect(broken, script).toMatchObject({ exitCode: 2 });
    expect(broken.stderr).toContain(`the backup ${id} could not be verified: `);
    expect(await readVerification(vault, id), script).toBeUndefined();
  }
  expect(await verify()).toMatchObject({ exitCode: 0 });

  // Half a dump, and a manifest that was made of it: only a restore tells.
  const [dump, manifest] = [join(directory, VaultPath.dump(id)), join(directory, VaultPath.manifest(id))];
  const content = readFileSync(dump).subarray(0, 20_000);
  writeFileSync(dump, content);
  const told = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const artifacts = told.artifacts.map((artifact) => ({ ...artifact, bytes: content.length, sha256 }));
  writeFileSync(manifest, JSON.stringify({ ...told, artifacts }));
  rmSync(join(directory, VaultPath.head(id)));
  const half = await verify();
  expect(half, half.stderr).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('is DAMAGED') });
  expect(await readVerification(vault, id)).toMatchObject({ verdict: 'damaged' });
});
