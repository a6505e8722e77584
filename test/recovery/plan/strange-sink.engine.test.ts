import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaClient } from '../../bed/kafka.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { putSink, waitForRunningSink } from '../../bed/sink.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { FIELDS, value } from '../../sink/records.ts';
import { allRows } from '../replay/replay-scene.ts';

const bed = sharedBed();
const vault = mkdtempSync(join(tmpdir(), 'msr-strange-sink-'));
const TRANSFORMS = 'org.apache.kafka.connect.transforms.';

/**
 * Nothing of this is unusual by itself: topics by a pattern, and named as Kafka names its own; the
 * worker's converter and isolation level; a router in front of a fixed table; times as texts, with more in
 * them than the format says.
 */
const STRANGE = {
  transforms: 'name,rename,timestamp,route,flat',
  'transforms.timestamp.format': "yyyy-MM-dd'T'HH:mm:ss",
  'transforms.route.type': `${TRANSFORMS}RegexRouter`,
  'transforms.route.regex': '(?i)[_a-z0-9]+[.](.*)',
  'transforms.route.replacement': '$1',
  'transforms.flat.type': `${TRANSFORMS}Flatten$Value`,
};
const fields = FIELDS.map((field) =>
  field.field === 'event_timestamp' ? { ...field, type: 'string' } : field,
);

let msr: Msr;
let produced = 0;

beforeAll(async () => {
  msr = await bed.createMsr({
    name: 'strange',
    topics: [`__${bed.prefix}strange.gis.track`],
    partitions: 2,
    sink: false,
  });
  const { topics: _, 'value.converter': __, 'value.converter.schemas.enable': ___, ...rest } = msr.sinkConfig;
  await putSink(bed.connectUrl, msr.connector, {
    ...rest,
    ...STRANGE,
    'topics.regex': `__${bed.prefix}strange[.].*`,
  });
  await waitForRunningSink(bed.connectUrl, msr.connector);
});
afterAll(async () => {
  rmSync(vault, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));

/** In one transaction; returns when the sink, which reads what is not committed, has written it. */
async function produce(count: number, end: 'commit' | 'abort'): Promise<void> {
  const transactional = { transactionalId: msr.database, idempotent: true, maxInFlightRequests: 1 };
  const producer = kafkaClient(bed.brokers).producer(transactional);
  await producer.connect();
  const transaction = await producer.transaction();
  const messages = Array.from({ length: count }, (_, index) => {
    const number = produced + index;
    const time = new Date(Date.now() - 60_000 + index * 7).toISOString();
    const payload = { entity_id: `e${number}`, op: 'u', event_timestamp: time, table_name: 'gis.track' };
    return { partition: index % 2, value: value({ ...payload, data: `{"n":${number}}` }, fields) };
  });
  await transaction.send({ topic: msr.topics[0] ?? '', messages });
  await transaction[end]();
  await producer.disconnect();
  produced += count;
  await msr.waitForEvents(produced);
}

/** One record into the first partition; where it lies, as messages tell it. */
async function send(text: string): Promise<string> {
  const producer = kafkaClient(bed.brokers).producer();
  await producer.connect();
  const [topic = ''] = msr.topics;
  const [sent] = await producer.send({ topic, messages: [{ partition: 0, value: text }] });
  await producer.disconnect();
  return `offset ${sent?.baseOffset} of ${topic}-0`;
}

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}

test('what a strange sink has written is recovered row by row', async () => {
  await produce(50, 'commit');
  expectEnd(await run('backup', '--json'), 0);
  await produce(300, 'commit');
  await produce(5, 'abort');
  await produce(45, 'commit');
  const rows = await allRows(msr);
  expect(rows).toHaveLength(400);
  const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
  expect(plan.reading).toMatchObject({ isolation: 'read_uncommitted' });
  const recovered = await run('recover', '--force', '--yes');
  expectEnd(recovered, 0);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED\n$/);
  expect(await allRows(msr)).toEqual(rows);
});

test('a record that no row can be made of lowers the verdict, and the plan tells of it', async () => {
  const before = await allRows(msr);
  const payload = { entity_id: 'poison', op: 'u', table_name: 'gis.track', data: '"\\u0000"' };
  const place = await send(value({ ...payload, event_timestamp: new Date().toISOString() }, fields));
  const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
  expect(plan.remarks.join('\n')).toMatch(
    new RegExp(
      `^of \\d+ records looked at .* 1 could not be read: ${place}: .* cannot be held by jsonb`,
      'm',
    ),
  );
  const recovered = await run('recover', '--force', '--yes');
  expectEnd(recovered, 2);
  expect(recovered.stdout).toMatch(/\nledger, cutover +accounted for: .* 1 SET ASIDE, /);
  expect(recovered.stdout).toContain('msr_recovery.quarantine of the live database');
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED, 1 SET ASIDE\n$/);
  const [latest] = JSON.parse((await run('recoveries', 'list', '--json')).stdout).recoveries;
  expect(latest).toMatchObject({ state: 'recovered, some set aside', report: { setAside: 1 } });
  expect(await allRows(msr)).toEqual(before);
});

test('a record that is none of a converter that we read is named, by a plan as by a backup', async () => {
  const place = await send('no JSON');
  const backup = await run('backup');
  expectEnd(backup, 1);
  expect(backup.stderr).toContain(`the record at ${place} is no JSON with a schema`);
  const plan = JSON.parse((await run('recover', '--force', '--dry-run', '--json')).stdout);
  expect(plan.refusal).toContain(`the record at ${place} is no JSON with a schema`);
});
