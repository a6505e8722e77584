import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PgToolOptions } from '../../src/clients/pg-tools.ts';

/** Options with a pg_dump and a pg_restore that do as the shell script says. */
export function fakeTools(script: string, options: Partial<PgToolOptions> = {}): PgToolOptions {
  const pgBin = mkdtempSync(join(tmpdir(), 'msr-pg-tools-'));
  onTestFinished(() => rmSync(pgBin, { recursive: true, force: true }));
  for (const program of ['pg_dump', 'pg_restore']) {
    const path = join(pgBin, program);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  return { pgBin, signal: new AbortController().signal, ...options };
}
