import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../cache.ts';
import { installDebianPackages } from '../debian-packages.ts';
import { run, succeeds } from '../run.ts';

const SOURCES = ['main.go', 'go.mod', 'go.sum'].map((name) => ({
  name,
  path: fileURLToPath(new URL(name, import.meta.url)),
}));

/** The broker of main.go, built once for each state of its sources. */
export async function kfakeProgram(): Promise<string> {
  const download = {
    what: 'a broker with capped versions from the Go module proxy',
    megabytes: 16,
    seconds: 30,
  };
  const dir = await cached(`kfake-${await digestOfSources()}`, download, async (dir) => {
    await requireGo();
    for (const { name, path } of SOURCES) await copyFile(path, join(dir, name));
    const env = { GOTOOLCHAIN: 'auto', CGO_ENABLED: '0' };
    await run('go', ['build', '-o', join(dir, 'kfake'), '.'], { cwd: dir, env, timeoutMs: 1_200_000 });
  });
  return join(dir, 'kfake');
}

async function digestOfSources(): Promise<string> {
  const digest = createHash('sha256');
  for (const { path } of SOURCES) digest.update(await readFile(path));
  return digest.digest('hex').slice(0, 12);
}

async function requireGo(): Promise<void> {
  if (await succeeds('go', ['version'], 30_000)) return;
  await installDebianPackages('a broker with capped versions is built with Go', ['golang-go']);
}
