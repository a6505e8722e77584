import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Msr } from '../../bed/msr.ts';

/**
 * A directory of PostgreSQL's programs whose pg_dump does as the script says; `real` in it is the real one,
 * `sql` runs a statement as the superuser, and `--version` always answers.
 * @returns the directory, for MSR_PG_BIN
 */
export function wrapPgDump(msr: Msr, directory: string, script: string): string {
  const pgBin = msr.env(directory)['MSR_PG_BIN'] ?? '';
  const bin = join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  const write = (name: string, lines: readonly string[]) => {
    writeFileSync(join(bin, name), `${['#!/bin/bash', ...lines].join('\n')}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  write('pg_restore', [`exec "${pgBin}/pg_restore" "$@"`]);
  write('pg_dump', [
    `[ "$1" = --version ] && exec "${pgBin}/pg_dump" --version`,
    `real() { "${pgBin}/pg_dump" "$@"; }`,
    `sql() { "${pgBin}/psql" --quiet --no-align --tuples-only --dbname "${msr.url('admin')}" --command "$1"; }`,
    `once() { mkdir "${bin}/$1" 2> /dev/null; }`,
    script,
  ]);
  return bin;
}
