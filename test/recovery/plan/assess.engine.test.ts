import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withSession } from '../../../src/clients/postgres.ts';
import { digestWithin } from '../../../src/ledger/digest-within.ts';
import { showBackup } from '../../../src/manifest/catalogue.ts';
import { writeVerification } from '../../../src/manifest/verification.ts';
import { assess } from '../../../src/recovery/plan/assess.ts';
import { assessDatabase } from '../../../src/recovery/plan/assess-database.ts';
import { chooseStart } from '../../../src/recovery/plan/choose-start.ts';
import { makePlan } from '../../../src/recovery/plan/make-plan.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { meetWorld } from '../../../src/recovery/plan/world.ts';
import { readSettings, type Settings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { type Vault, VaultPath } from '../../../src/vault/vault.ts';
import { backUp } from '../../backup/scene.ts';
import type { Msr } from '../../bed/msr.ts';
import { freePort } from '../../bed/ports.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { dropDatabase } from '../../drill/live-database.ts';
import { someEvents } from '../../freeze/scene.ts';
import { RECOVERY_ID, request } from './sample-assessment.ts';

const bed = sharedBed();
const directory = mkdtempSync(join(tmpdir(), 'msr-assess-test-'));

let msr: Msr;
let settings: Settings;
let produced = 0;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'assess' });
  settings = readSettings(msr.env(directory));
  await produceMore();
  await backUp(msr, directory);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await msr?.drop();
});

async function produceMore(): Promise<void> {
  await msr.produce(someEvents(msr, 400, produced + 1));
  produced += 400;
  await msr.waitForEvents(produced);
}

function look(change: Partial<Settings> = {}, input: RecoveryInput = {}) {
  return lookIn(openVault(settings.vaultUrl), change, input);
}

async function lookIn(vault: Vault, change: Partial<Settings> = {}, input: RecoveryInput = {}) {
  const world = await meetWorld(vault, { ...settings, ...change }, request(input));
  return assess(world, await chooseStart(world));
}

async function closedPort(url: string): Promise<string> {
  const moved = new URL(url);
  moved.port = String(await freePort());
  return moved.href;
}

test('a database that went on living is healthy, though its hours hold more than at the backup', async () => {
  await produceMore();
  const found = await look();
  expect(found).toMatchObject({
    database: { state: 'healthy', readable: true },
    log: { state: 'whole', records: 400 },
    sink: { connector: msr.connector, state: 'RUNNING', understood: true },
    target: { fit: true },
  });
  expect(planRecovery(found, request(), RECOVERY_ID).refusal).toContain('there is nothing to recover');
});

test('a database that there is no time to compare is no healthy one, and the plan says so', async () => {
  const vault = openVault(settings.vaultUrl);
  const manifest = await showBackup(vault, (await look()).backup.id);
  const hurried = await assessDatabase(settings, manifest, undefined, { evidenceMs: 0 });
  expect(hurried).toMatchObject({ state: 'unproven', readable: true });
  expect(hurried.facts[0]).toMatch(/^(\d+) of \1 hours of events were not compared, for want of time/);
  expect((await assessDatabase(settings, manifest, undefined, { evidenceMs: 60_000 })).state).toBe('healthy');
});

test('the newest hours are compared first, and what time cuts off is given up', async () => {
  const { digests } = await showBackup(openVault(settings.vaultUrl), (await look()).backup.id);
  const hours = [...new Set(digests.map(({ hour }) => hour)), '2001-01-01T00:00:00Z', 'infinity'];
  await withSession(settings.databaseUrl, { purpose: 'test' }, async (session) => {
    const all = await digestWithin(session, hours, 60_000);
    expect([...all.hours].sort()).toEqual([...hours].sort());
    expect(all.digests.length).toBeGreaterThanOrEqual(digests.length);
    const blocked = await msr.query('admin', async (other) => {
      await other.query('BEGIN; LOCK TABLE msr.cdc_event IN ACCESS EXCLUSIVE MODE');
      const found = await digestWithin(session, hours, 300);
      await other.query('ROLLBACK');
      return found;
    });
    expect(blocked).toEqual({ digests: [], hours: new Set() });
    const { rows } = await session.query('SHOW statement_timeout');
    expect(rows).toEqual([{ statement_timeout: '0' }]);
  });
});

test('a second look at an unchanged world gives the same plan', async () => {
  const hash = async () => planRecovery(await look(), request({ force: true }), RECOVERY_ID).hash;
  expect(await hash()).toBe(await hash());
});

test('what the world refuses stands in the way of the plan with its reason', async () => {
  const { host } = new URL(settings.connect.url);
  const closed = await closedPort(settings.connect.url);
  const connect = await look({ connect: { url: closed.replace(/\/$/, '') } });
  expect(connect.sink).toMatchObject({ state: 'unreachable', understood: false });
  expect(connect.sink.facts[0]).toContain('cannot be reached');
  const connector = await look({ sinkConnector: 'no-such-sink' });
  expect(connector.sink.facts[0]).toContain(
    `Kafka Connect at http://${host} has no no-such-sink, but ${msr.connector}`,
  );
  const broker = `127.0.0.1:${await freePort()}`;
  const kafka = await look({ kafka: { ...settings.kafka, brokers: [broker] } });
  expect(kafka.log).toMatchObject({ state: 'unreachable', records: 0 });
  expect(kafka.log.facts[0]).toContain(broker);
});

test('credentials that are refused are no disaster', async () => {
  const wrong = new URL(settings.targetDatabaseUrl);
  wrong.password = 'wrong';
  await expect(look({ targetDatabaseUrl: wrong.href })).rejects.toMatchObject({
    name: 'DatabaseConnectionError',
    reason: 'credentials',
  });
});

test('a server that does not answer is a disaster, and says nothing of the content', async () => {
  const found = await look({ databaseUrl: await closedPort(settings.databaseUrl) });
  expect(found.database).toMatchObject({ state: 'unreachable', readable: false });
  // The target's server has a database of that name, which no recovery built:
  // nothing may be put in its place.
  expect(found.target).toMatchObject({ fit: false });
});

test('a backup that was found damaged is only recovered from where somebody names it', async () => {
  const vault = openVault(settings.vaultUrl);
  const { id } = (await look()).backup;
  const artifacts = [
    { path: VaultPath.dump(id), bytes: 1, outcome: 'damaged' as const, fact: 'its SHA-256 is another' },
  ];
  await writeVerification(vault, { backupId: id, verdict: 'damaged', artifacts }, { seconds: 1 });
  try {
    await expect(look()).rejects.toThrow(`${id}: its latest verification found it damaged`);
    expect((await look({}, { backupId: id })).backup).toMatchObject({ id, passedOver: [] });
  } finally {
    await vault.deleteDocument(VaultPath.verification(id));
  }
});

test('missing rows are damage, with the hour that they are missing from', async () => {
  // More than came since the backup: in an hour that holds more than it did then, a loss cannot be told.
  await msr.query('admin', (client) =>
    client.query(
      `DELETE FROM msr.cdc_event WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM msr.cdc_event LIMIT 600)`,
    ),
  );
  const { database } = await look();
  expect(database).toMatchObject({ state: 'damaged', readable: true });
  expect(database.facts[0]).toMatch(/ in the hour of \S+Z has \d+ events; the backup held \d+$/);
});

test('a missing table is damage', async () => {
  await msr.query('admin', (client) => client.query('DROP TABLE msr.earliest_snapshot_b CASCADE'));
  const { database } = await look();
  expect(database.state).toBe('damaged');
  expect(database.facts).toContain('msr.earliest_snapshot_b is missing');
});

test('a database that is gone is recovered by the standard procedure', async () => {
  await dropDatabase(msr);
  const found = await look();
  expect(found.database).toMatchObject({ state: 'gone', readable: false });
  expect(planRecovery(found, request(), RECOVERY_ID)).toMatchObject({ procedure: 'standard' });
  expect(planRecovery(found, request(), RECOVERY_ID).refusal).toBeUndefined();
});

test('an undo of a recovery that nobody knows is none, and leaves no plan behind', async () => {
  const vault = openVault(settings.vaultUrl);
  const execution = { id: 'execution', startedAt: new Date().toISOString() };
  await expect(makePlan(vault, settings, request({ undo: RECOVERY_ID }), execution)).rejects.toMatchObject({
    name: 'RecoveryNotFoundError',
    message: `there is no recovery "${RECOVERY_ID}" in ${vault.url}`,
    hint: '`msr recoveries list` shows what is there; check MSR_VAULT_URL',
  });
  expect(await vault.list(VaultPath.recoveries)).toEqual([]);
});

test('without a backup there is nothing to plan with', async () => {
  const empty = mkdtempSync(join(directory, 'empty-'));
  await expect(lookIn(openVault(`file://${empty}`))).rejects.toMatchObject({
    name: 'BackupNotFoundError',
  });
});
