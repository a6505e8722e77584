import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectClient } from '../../../src/clients/connect.ts';
import type { Msr } from '../../bed/msr.ts';
import { bedProducer } from '../../bed/produce.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { reconfigureSink, restartSink, waitForRunningSink } from '../../bed/sink.ts';
import { waitFor } from '../../bed/wait.ts';
import { runCli } from '../../cli/run-cli.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { FIELDS, type Field, value } from '../../sink/records.ts';
import { allRows } from '../replay/replay-scene.ts';

const bed = sharedBed();

/** How a batch of events is written into Kafka. */
interface Spelling {
  readonly fields?: readonly Field[];
  readonly payload?: (number: number, millis: number) => Readonly<Record<string, unknown>>;
}

const usual = (number: number, millis: number) => ({
  entity_id: `e${number}`,
  op: 'u',
  event_timestamp: millis,
  table_name: 'gis.track',
  data: JSON.stringify({ n: number }),
});

const MICROS: Spelling = {
  payload: (number, millis) => ({ ...usual(number, millis), event_timestamp: millis * 1000 }),
};
const OTHER_FIELD: Spelling = {
  fields: FIELDS.map((field) => (field.field === 'data' ? { ...field, field: 'payload' } : field)),
  payload: (number, millis) => {
    const { data: payload, ...rest } = usual(number, millis);
    return { ...rest, payload };
  },
};

describe.each([
  [
    'reads times as microseconds',
    { 'transforms.timestamp.unix.precision': 'microseconds' },
    MICROS,
    'transforms.timestamp.unix.precision: (not set) → microseconds',
  ],
  [
    'takes the state from another field',
    { 'transforms.rename.renames': 'payload:entity_state' },
    OTHER_FIELD,
    'transforms.rename.renames: data:entity_state → payload:entity_state',
  ],
] as const)('a sink that since the backup %s', (_, change, spelling, difference) => {
  const vault = mkdtempSync(join(tmpdir(), 'msr-changed-sink-'));
  let msr: Msr;
  let produced = 0;
  let changedAt: string;
  let rows: string[];

  beforeAll(async () => {
    msr = await bed.createMsr({ name: `changed${spelling === MICROS ? 'a' : 'b'}`, partitions: 2 });
    await produce(50);
    expectEnd(await run('backup', '--json'), 0);
    await produce(50);
    changedAt = new Date(Date.now() + 1).toISOString();
    await reconfigureSink(bed.connectUrl, msr.connector, { ...msr.sinkConfig, ...change });
    await produce(50, spelling);
    rows = await allRows(msr);
  });
  afterAll(async () => {
    rmSync(vault, { recursive: true, force: true });
    await msr?.drop();
  });

  const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

  /** In turn to the partitions of the first topic; returns when the sink has written them. */
  async function produce(count: number, { fields = FIELDS, payload = usual }: Spelling = {}): Promise<void> {
    const producer = bedProducer(bed.brokers);
    await producer.connect();
    const messages = Array.from({ length: count }, (__, index) => ({
      partition: index % 2,
      value: value(payload(produced + index, Date.now() - 60_000 + index), fields),
    }));
    await producer.send({ topic: msr.topics[0] ?? '', acks: -1, messages });
    await producer.disconnect();
    produced += count;
    await msr.waitForEvents(produced);
  }

  test('is refused at the plan, with what has changed and what the rows say of it', async () => {
    const refused = await run('recover', '--force', '--yes');
    expectEnd(refused, 1);
    const said = refused.stdout.replace(/\s+/g, ' ');
    expect(said).toContain(`the sink's configuration has changed since the backup: ${difference}. `);
    expect(said).toContain(
      'Of the first 40 records the live database holds 40 as the configuration before the change writes them and 0 as the one after it does',
    );
    expect(said).toContain(
      'of the last 40 records the live database holds 0 as the configuration before the change writes them and 40 as the one after it does',
    );
    expect(said).toContain('`msr recover --sink-changed-at <time>`');
    expect(await allRows(msr)).toEqual(rows);
  });

  test('is recovered with the boundary named: every row is what it was', async () => {
    const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
    const named = await run('recover', '--force', '--dry-run', '--json', '--sink-changed-at', changedAt);
    const boundary = JSON.parse(named.stdout);
    expect(boundary.hash).not.toBe(plan.hash);
    expect(boundary.reading.boundary).toMatchObject({ at: changedAt });
    const recovered = await run(
      'recover',
      '--force',
      '--approve',
      boundary.hash,
      '--sink-changed-at',
      changedAt,
    );
    expectEnd(recovered, 0);
    expect(recovered.stdout).toMatch(/\nverdict +RECOVERED\n$/);
    expect(await allRows(msr)).toEqual(rows);
    await produce(20, spelling);
    expect(await allRows(msr)).toHaveLength(produced);
  });
});

describe('a sink that was changed twice since the backup, as health runs have seen', () => {
  const vault = mkdtempSync(join(tmpdir(), 'msr-changed-twice-'));
  let msr: Msr;
  let produced = 0;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'changedc', partitions: 2 });
    await produce(50);
    expectEnd(await run('backup', '--json'), 0);
  });
  afterAll(async () => {
    rmSync(vault, { recursive: true, force: true });
    await msr?.drop();
  });

  const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));
  const look = () => runCli(['health', '--only', 'sink-lag'], msr.env(vault));
  const change = (extra: Readonly<Record<string, string>>) =>
    reconfigureSink(bed.connectUrl, msr.connector, { ...msr.sinkConfig, ...extra });

  /** Returns when the sink has written them, and committed that it has. */
  async function produce(count: number, { fields = FIELDS, payload = usual }: Spelling = {}): Promise<void> {
    const producer = bedProducer(bed.brokers);
    await producer.connect();
    const messages = Array.from({ length: count }, (__, index) => ({
      partition: index % 2,
      value: value(payload(produced + index, Date.now() - 60_000 + index), fields),
    }));
    await producer.send({ topic: msr.topics[0] ?? '', acks: -1, messages });
    await producer.disconnect();
    produced += count;
    await msr.waitForEvents(produced);
    await restartSink(bed.connectUrl, msr.connector);
    await waitFor('the sink to commit', async () => {
      const committed = await connectClient({ url: bed.connectUrl }).offsets(msr.connector);
      return committed.reduce((sum, { offset }) => sum + offset, 0) === produced;
    });
    await waitForRunningSink(bed.connectUrl, msr.connector);
  }

  test('is recovered without a question where no record lies between two runs', async () => {
    await produce(50);
    await look();
    await change({ 'transforms.timestamp.unix.precision': 'microseconds' });
    await look();
    await produce(50, MICROS);
    await look();
    await change({ 'transforms.rename.renames': 'payload:entity_state' });
    await look();
    await produce(50, OTHER_FIELD);
    const rows = await allRows(msr);
    const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
    const between = [25, 25].map((offset, partition) => ({
      topic: msr.topics[0],
      partition,
      offset: 2 * offset,
    }));
    expect(plan.reading.earlier).toEqual([
      { at: expect.any(String), offsets: expect.any(Array), seen: true },
    ]);
    expect(plan.reading.earlier[0].offsets).toEqual(expect.arrayContaining(between));
    expect(plan.remarks.join('\n')).toMatch(
      /has changed 2 times since the backup: first transforms\.timestamp\.unix\.precision: .*; then transforms\..*At .* a health run last saw the sink as it was before the change, and the first that saw it after is of .*, and no record lies between/s,
    );
    const recovered = await run('recover', '--force', '--yes');
    expectEnd(recovered, 0);
    expect(recovered.stdout).toMatch(/\nverdict +RECOVERED\n$/);
    expect(await allRows(msr)).toEqual(rows);
  });
});

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}
