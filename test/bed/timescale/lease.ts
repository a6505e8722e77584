import { fileURLToPath } from 'node:url';
import type { RunningEngine } from '../kafka.ts';
import { startSupervised } from '../supervised.ts';

const HOLDER = fileURLToPath(new URL('./lease-holder.ts', import.meta.url));

/**
 * Drops every database and role with this prefix when the bed ends, in whatever way it ends. A server that
 * was given outlives the bed. So what the bed made on it is kept by a process under the same supervision as
 * the engines. On a server of the bed's own it costs nothing and proves the same path.
 */
export async function startLease(adminUrl: string, prefix: string, dir: string): Promise<RunningEngine> {
  return startSupervised({
    name: 'lease',
    dir,
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', HOLDER, prefix],
    env: { MSR_BED_LEASE_URL: adminUrl },
    graceMs: 60_000,
  });
}
