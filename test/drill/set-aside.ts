import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Msr } from '../bed/msr.ts';

/** Numbers of events that were left out. */
export interface SetAside {
  readonly expected: readonly number[];
  /** In the quarantine of the live database. */
  readonly table: readonly number[];
  /** In the vault's files. */
  readonly files: readonly number[];
}

const index = z.object({ files: z.array(z.object({ path: z.string() })) });
const message = z.object({ payload: z.object({ data: z.string() }) });
const line = z.object({ value: z.base64() });

/** Both by SQL and files alone, without the product's code: the numbers are in the raw bytes. */
export async function readSetAside(
  msr: Msr,
  { vault, recoveryId, expected }: { vault: string; recoveryId: string; expected: readonly number[] },
): Promise<SetAside> {
  if (expected.length === 0) return { expected, table: [], files: [] };
  const table = await msr.query('admin', async (client) => {
    const { rows } = await client.query<{ n: number }>(
      `SELECT ((convert_from(value, 'UTF8')::jsonb -> 'payload' ->> 'data')::jsonb ->> 'n')::int AS n
       FROM msr_recovery.quarantine`,
    );
    return rows.map(({ n }) => n);
  });
  const { files } = index.parse(
    JSON.parse(await readFile(join(vault, 'recoveries', recoveryId, 'quarantine.json'), 'utf8')),
  );
  const lines = await Promise.all(files.map(async ({ path }) => linesOf(await readFile(join(vault, path)))));
  return { expected, table, files: lines.flat().map(numberIn) };
}

function linesOf(packed: Buffer): string[] {
  return gunzipSync(packed)
    .toString()
    .split('\n')
    .filter((text) => text !== '');
}

function numberIn(text: string): number {
  const value = Buffer.from(line.parse(JSON.parse(text)).value, 'base64').toString();
  return z.object({ n: z.int() }).parse(JSON.parse(message.parse(JSON.parse(value)).payload.data)).n;
}
