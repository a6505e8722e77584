import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BedCoordinates } from './bed.ts';
import { withClient } from './timescale/server.ts';
import { waitFor } from './wait.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('a bed of its own process', () => {
  let dir: string;
  let parent: ChildProcess | undefined;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'msr-orphans-'));
  });

  afterEach(async () => {
    parent?.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('leaves no process and no database after %s', async (signal) => {
    const { main, bed } = await startMain();
    const engines = descendants(main);
    // Supervisors and engines of Kafka, Connect, the database's lease, and the
    // database where it is the bed's.
    expect(engines.length).toBeGreaterThanOrEqual(6);

    parent?.kill(signal);

    await waitFor('every engine to end', () => engines.every((pid) => !existsSync(`/proc/${pid}`)));
    expect(await databasesOf(bed)).toEqual([]);
  });

  async function startMain(): Promise<{ main: number; bed: BedCoordinates }> {
    const file = join(dir, 'bed.json');
    // Node itself, not tsx: a runner's extra process would be what the signal reaches.
    const started = spawn(process.execPath, [MAIN, file], { stdio: 'inherit' });
    parent = started;
    await waitFor('the bed to be up', () => existsSync(file));
    if (started.pid === undefined) throw new Error('the bed has no pid');
    return { main: started.pid, bed: JSON.parse(readFileSync(file, 'utf8')) as BedCoordinates };
  }
});

/** What is left on the server; a server that ended with the bed holds nothing. */
async function databasesOf(bed: BedCoordinates): Promise<string[]> {
  if (!bed.origin.includes('MSR_BED_DATABASE_URL is set')) return [];
  return withClient(bed.adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)
       UNION ALL SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)`,
      [bed.prefix],
    );
    return rows.map(({ name }) => name);
  });
}

/** The pids of all processes below one. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parentOf = parentPid(Number(entry));
    if (parentOf === undefined) continue;
    children.set(parentOf, [...(children.get(parentOf) ?? []), Number(entry)]);
  }
  const below = (of: number): number[] =>
    (children.get(of) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

function parentPid(pid: number): number | undefined {
  try {
    const match = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match?.[1] === undefined ? undefined : Number(match[1]);
  } catch {
    // It ended while we were reading.
    return undefined;
  }
}
