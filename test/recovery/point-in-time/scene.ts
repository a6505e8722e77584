import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../../src/core/failpoint.ts';
import type { BedHandle } from '../../bed/bed.ts';
import { tableOfTopic } from '../../bed/events.ts';
import type { Msr } from '../../bed/msr.ts';
import type { Op } from '../../bed/payload.ts';
import { waitFor } from '../../bed/wait.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';

/** What a deployment writes. */
interface Writing {
  readonly count: number;
  readonly op?: Op;
  /** @default the first of the MSR's topics */
  readonly topic?: string;
}

/** An MSR whose events are numbered and bear the time at which they were written. */
export interface PointInTimeScene {
  readonly msr: Msr;
  readonly vault: string;
  /** How many events were ever produced: their numbers are 1 to this one. */
  produced(): number;
  /** @returns the numbers of the events, which the sink has written when it returns */
  write(writing: Writing): Promise<number[]>;
  /** A moment that lies behind everything written so far, and before everything that comes. */
  moment(): Promise<string>;
  run(args: readonly string[], failpoint?: `${Failpoint}${'' | `#${number}`}`): Promise<MsrResult>;
  /** The numbers that the live database holds, each as often as it does. */
  held(): Promise<number[]>;
  /** The numbers that the live database's quarantine holds, and those in the vault's files. */
  setAside(recoveryId: string): Promise<{ table: number[]; files: number[] }>;
  drop(): Promise<void>;
}

export async function pointInTimeScene(bed: BedHandle, name: string): Promise<PointInTimeScene> {
  const vault = mkdtempSync(join(tmpdir(), 'msr-point-in-time-'));
  const msr = await bed.createMsr({ name, partitions: 2, tasks: 2 });
  let [produced, written] = [0, 0];
  const held = () => numbersOf(msr, `SELECT (entity_state ->> 'n')::int AS n FROM msr.cdc_event ORDER BY 1`);
  return {
    msr,
    vault,
    produced: () => produced,
    held,
    write: async ({ count, op = 'u', topic = msr.topics[0] ?? '' }) => {
      const before = (await held()).length;
      const numbers = Array.from({ length: count }, (_, index) => produced + index + 1);
      await msr.produce(numbers.map((number) => eventOf(number, op, topic)));
      produced += count;
      written = before + count;
      await msr.waitForEvents(written);
      return numbers;
    },
    moment: async () => {
      const at = Date.now() + 2;
      await waitFor('the next moment', async () => Date.now() > at, { timeoutMs: 1_000, everyMs: 1 });
      return new Date(at).toISOString();
    },
    run: (args, failpoint) =>
      runMsr(args, {
        ...msr.env(vault),
        ...(failpoint === undefined ? {} : { [FAILPOINT_VARIABLE]: failpoint }),
      }),
    setAside: async (recoveryId) => ({
      table: await numbersOf(
        msr,
        `SELECT (((convert_from(value, 'UTF8')::jsonb -> 'payload' ->> 'data')::jsonb) ->> 'n')::int AS n
         FROM msr_recovery.quarantine ORDER BY 1`,
      ),
      files: numbersInFiles(vault, recoveryId),
    }),
    drop: async () => {
      rmSync(vault, { recursive: true, force: true });
      await msr.drop();
    },
  };
}

function eventOf(number: number, op: Op, topic: string) {
  const payload = {
    ...{ entity_id: `entity-${number % 7}`, op, event_timestamp: Date.now() },
    table_name: tableOfTopic(topic),
    data: JSON.stringify({ n: number }),
  };
  return { number, topic, key: payload.entity_id, payload };
}

async function numbersOf(msr: Msr, sql: string): Promise<number[]> {
  const { rows } = await msr.query('admin', (client) => client.query<{ n: number }>(sql));
  return rows.map(({ n }) => n);
}

interface Index {
  readonly records: number;
  readonly files: ReadonlyArray<{ readonly path: string }>;
}

/** By the index alone, as somebody without the product would read them. */
function numbersInFiles(vault: string, recoveryId: string): number[] {
  const index: Index = JSON.parse(
    readFileSync(join(vault, 'recoveries', recoveryId, 'quarantine.json'), 'utf8'),
  );
  const lines = index.files.flatMap(({ path }) =>
    gunzipSync(readFileSync(join(vault, path)))
      .toString()
      .trim()
      .split('\n'),
  );
  expect(lines).toHaveLength(index.records);
  return lines
    .map((line) => {
      const value = JSON.parse(Buffer.from(JSON.parse(line).value, 'base64').toString());
      return JSON.parse(value.payload.data).n as number;
    })
    .sort((a, b) => a - b);
}

export function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(exitCode);
}

/** 1 to the last one, without some. */
export function allBut(last: number, without: readonly number[]): number[] {
  const left = new Set(without);
  return Array.from({ length: last }, (_, index) => index + 1).filter((number) => !left.has(number));
}

/** The id of a recovery, by what it printed. */
export function recoveryOf({ stdout }: MsrResult): string {
  return /recovery +(\d{8}T\d{6}Z-[0-9a-f]{4})/.exec(stdout)?.[1] ?? 'none';
}
