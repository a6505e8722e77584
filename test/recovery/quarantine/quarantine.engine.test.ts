import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAILPOINT_VARIABLE, type Failpoint } from '../../../src/core/failpoint.ts';
import { acquireLock } from '../../../src/vault/lock.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { kafkaClient } from '../../bed/kafka.ts';
import type { Msr } from '../../bed/msr.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { type MsrResult, runMsr } from '../../cli/run-msr.ts';
import { value } from '../../sink/records.ts';
import { lostAndDoubled, type Numbered, numberedEvents } from '../lost/numbered.ts';

const bed = sharedBed();
const directory = mkdtempSync(join(tmpdir(), 'msr-quarantine-'));
const vault = join(directory, 'vault');
const EVENTS = 120;
/** The numbers of the poison's events, once they are repaired. */
const [NUL, LONG, TWIN] = [EVENTS + 1, EVENTS + 2, 7];

let msr: Msr;
let events: Numbered;
let topic = '';
/** As `msr quarantine` names the poison, in this order. */
let poison: string[] = [];
let recovery = '';

beforeAll(async () => {
  topic = `${bed.prefix}quarantine.gis.track`;
  msr = await bed.createMsr({ name: 'quarantine', topics: [topic], partitions: 1 });
  events = numberedEvents(bed, msr, 1);
  await events.send(80);
  await msr.waitForEvents(80);
  expectEnd(await run('backup'), 0);
  await events.send(EVENTS - 80);
  await msr.waitForEvents(EVENTS);
  poison = await sendPoison();
  const recovered = await run('recover', '--yes', '--force', '--json');
  expectEnd(recovered, 2);
  recovery = JSON.parse(recovered.stdout).recoveryId;
}, 300_000);
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await msr?.drop();
});

const run = (...args: string[]): Promise<MsrResult> => runMsr(args, msr.env(vault));
const killedAt = (failpoint: Failpoint, ...args: string[]): Promise<MsrResult> =>
  runMsr(args, { ...msr.env(vault), [FAILPOINT_VARIABLE]: failpoint });

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(exitCode);
}

const payload = (data: string, op = 'u') =>
  value({
    ...{ entity_id: 'e\u202eevil', op, event_timestamp: Date.now() - 60_000, table_name: 'gis.track' },
    data,
  });

/** No jsonb holds U+0000, and no char(1) a word; the third is an event that is there, once it is repaired. */
async function sendPoison(): Promise<string[]> {
  const producer = kafkaClient(bed.brokers).producer();
  await producer.connect();
  const values = [
    payload(`{"n":${NUL},"text":"\\u0000"}`),
    payload(`{"n":${LONG}}`, 'update'),
    payload('{"n":"\\u0000"}'),
  ];
  const names: string[] = [];
  for (const text of values) {
    const messages = [
      { partition: 0, key: 'k\u001b[31m', value: text, headers: { trace: Buffer.from([0xff, 0x00]) } },
    ];
    const [sent] = await producer.send({ topic, messages });
    names.push(`${topic}-0@${sent?.baseOffset}`);
  }
  await producer.disconnect();
  return names;
}

const named = (index: number): string => poison[index] ?? '';

/** Every event up to the last one once, of the poison only what is told. */
async function expectHeld(repaired: readonly number[]): Promise<void> {
  const { lost, doubled } = await lostAndDoubled(msr, LONG);
  expect({ lost, doubled }).toEqual({ lost: [NUL, LONG].filter((n) => !repaired.includes(n)), doubled: [] });
}

/** The value as it is in quarantine, in a file, and changed. */
async function repair(index: number, change: (text: string) => string): Promise<string> {
  const file = join(directory, `record-${index}-${Date.now()}`);
  expectEnd(await run('quarantine', 'show', recovery, named(index), '--out', file), 0);
  const repaired = `${file}.repaired`;
  writeFileSync(repaired, change(readFileSync(file, 'utf8')));
  return repaired;
}

test('what a replay could not write is told by the verdict, and lies in the vault with its bytes', async () => {
  await expectHeld([]);
  const all = await run('quarantine', 'list', '--json');
  expect(JSON.parse(all.stdout)).toEqual({ recoveries: [{ recoveryId: recovery, records: 3, retried: 0 }] });
  const list = await run('quarantine', 'list', recovery);
  expect(list.stdout).toMatch(
    /\n +1 +refused +\S+ +value too long for type character\(1\) \(SQLSTATE 22001\)\n/,
  );
  expect(list.stdout).toMatch(/\n3 set aside, 0 of them in the live database since\n$/);
  for (const name of poison) expect(list.stdout).toContain(name);
  const shown = await run('quarantine', 'show', recovery, named(0));
  expect(shown.stdout).toMatch(/\nkey +k\\u\{1b\}\[31m\n/);
  expect(shown.stdout).toMatch(/\nheader trace +00000000 {2}ff 00 +\.\.\n/);
  expect(shown.stdout).toContain('e\\u{202e}evil');
  for (const active of ['\u001b', '\u202e']) expect(shown.stdout).not.toContain(active);
  const document = JSON.parse((await run('quarantine', 'show', recovery, named(0), '--json')).stdout);
  expect(document).toMatchObject({
    ...{ record: named(0), topic, partition: 0, kind: 'undecodable', retried: null },
    headers: [{ key: 'trace', value: { base64: '/wA=' } }],
    value: { text: expect.stringContaining(`\\"n\\":${NUL}`) },
  });
  expect(Buffer.from(document.value.base64, 'base64').toString()).toBe(document.value.text);
});

test('a retry of what still cannot be read writes nothing, and says why', async () => {
  const still = await run('quarantine', 'retry', recovery, '--kind', 'undecodable', '--yes');
  expectEnd(still, 2);
  expect(still.stdout).toMatch(new RegExp(`- ${named(0)} stays: field data cannot be jsonb: `));
  expect(still.stdout).toMatch(/\n0 to write, 2 stay, 0 were retried before\n$/);
  const refused = await run('quarantine', 'retry', recovery, named(1), '--yes');
  expectEnd(refused, 2);
  expect(refused.stdout).toContain(`- ${named(1)} stays: value too long for type character(1)`);
  await expectHeld([]);
});

test('a repaired record is shown, asked about, written, and the report says so; again it writes nothing', async () => {
  const file = await repair(0, (text) => text.replace(',\\"text\\":\\"\\\\u0000\\"', ''));
  const asked = await run('quarantine', 'retry', recovery, named(0), '--with', file);
  expectEnd(asked, 0);
  expect(asked.stdout).toMatch(
    new RegExp(`${named(0)} +gis.track +e\\\\u\\{202e\\}evil +u +\\S+ \\S+ +\\{"n": ?${NUL}\\}`),
  );
  expect(asked.stdout).toMatch(
    /\n1 to write, 0 stay, 0 were retried before\nnothing was changed; `--yes` writes the rows\n$/,
  );
  await expectHeld([]);
  const written = await run('quarantine', 'retry', recovery, named(0), '--with', file, '--yes');
  expectEnd(written, 0);
  expect(written.stdout).toBe(
    `1 rows written\nrecovery ${recovery}: recovered, 2 set aside, 1 more written since\n`,
  );
  await expectHeld([NUL]);
  const again = await run('quarantine', 'retry', recovery, named(0), '--with', file, '--yes');
  expectEnd(again, 0);
  expect(again.stdout).toBe('0 to write, 0 stay, 1 were retried before\n');
  await expectHeld([NUL]);
  const status = JSON.parse((await run('recoveries', 'show', recovery, '--json')).stdout);
  expect(status).toMatchObject({ state: 'recovered, some set aside', report: { setAside: 3, retried: 1 } });
});

test('killed before and after its commit, a retry writes its row once', async () => {
  const file = await repair(1, (text) => text.replace('"op":"update"', '"op":"u"'));
  const retry = ['quarantine', 'retry', recovery, named(1), '--with', file, '--yes'];
  expect((await killedAt('retry.before', ...retry)).exitCode).toBeNull();
  await expectHeld([NUL]);
  expect((await killedAt('retry.after', ...retry)).exitCode).toBeNull();
  await expectHeld([NUL, LONG]);
  const finished = await run(...retry);
  expectEnd(finished, 0);
  expect(finished.stdout).toContain('0 rows written; 1 had been seen to by a run that was broken off\n');
  await expectHeld([NUL, LONG]);
});

test('while another operation holds the lock nothing is retried', async () => {
  const lock = await acquireLock(openVault(msr.env(vault)['MSR_VAULT_URL'] ?? ''), { purpose: 'backup' });
  try {
    const refused = await run('quarantine', 'retry', recovery, '--all', '--yes');
    expectEnd(refused, 1);
    expect(refused.stderr).toContain('another operation holds the lock: backup, ');
  } finally {
    await lock.release();
  }
});

test('what the table holds already is not doubled; once all of it was retried the recovery is green', async () => {
  const { rows } = await msr.query('admin', (client) =>
    client.query<{ at: string; entity: string }>(
      `SELECT extract(epoch FROM event_timestamp) * 1000 AS at, entity_id AS entity FROM msr.cdc_event
       WHERE entity_state ->> 'n' = '${TWIN}'`,
    ),
  );
  const [twin] = rows;
  const file = await repair(2, () =>
    value({
      ...{
        entity_id: twin?.entity,
        op: 'u',
        event_timestamp: Math.round(Number(twin?.at)),
        table_name: 'gis.track',
      },
      data: `{"n": ${TWIN}}`,
    }),
  );
  const there = await run('quarantine', 'retry', recovery, named(2), '--with', file, '--yes');
  expectEnd(there, 0);
  expect(there.stdout).toBe(
    `0 rows written; 1 events were there already\nrecovery ${recovery}: recovered, 3 set aside and written since\n`,
  );
  await expectHeld([NUL, LONG]);
  const shown = await run('recoveries', 'show', recovery);
  expect(shown.stdout).toMatch(/\nverdict +RECOVERED, 3 SET ASIDE AND WRITTEN SINCE\n$/);
  expectEnd(await run('recoveries', 'watch', recovery), 0);
});

test('what was undone is not written to; its undo taken back has what was retried', async () => {
  expectEnd(await run('recover', '--undo', '--yes'), 0);
  const refused = await run('quarantine', 'retry', recovery, '--all', '--yes');
  expectEnd(refused, 1);
  expect(refused.stderr).toMatch(/ is not live: it failed, or was undone\n/);
  const redone = await run('recover', '--redo', '--yes');
  expectEnd(redone, 0);
  expect(redone.stdout).toMatch(/\nverdict +RECOVERED, 3 SET ASIDE AND WRITTEN SINCE\n$/);
  await expectHeld([NUL, LONG]);
});

test.each([
  [['quarantine', 'show', 'nonsense', 'a-0@1'], /there is no recovery "nonsense"/],
  [['quarantine', 'show', '$', 'nonsense'], /"nonsense" is no record/],
  [['quarantine', 'show', '$', 'gis-0@1'], /has not set aside gis-0@1/],
  [['quarantine', 'retry', '$'], /no record was named/],
  [
    ['quarantine', 'retry', '$', '--all', '--with', 'f'],
    /--with is the payload of one record, and none were named/,
  ],
])('%j is refused', async (args, said) => {
  const refused = await run(...args.map((arg) => (arg === '$' ? recovery : arg)));
  expectEnd(refused, 1);
  expect(refused.stderr).toMatch(said);
  expect(refused.stderr).toMatch(/\nHINT: /);
});
