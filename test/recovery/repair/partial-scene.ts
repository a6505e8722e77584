import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import type { RecoveryContext } from '../../../src/recovery/context.ts';
import { makePlan } from '../../../src/recovery/plan/make-plan.ts';
import type { Plan } from '../../../src/recovery/plan/plan.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { readSettings, type Settings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { backUp } from '../../backup/scene.ts';
import type { BedHandle, Msr, MsrOptions } from '../../bed/bed.ts';
import { type BedEvent, history } from '../../bed/events.ts';
import { request } from '../plan/sample-assessment.ts';
import { recoveryContext } from '../recovery-context.ts';

const HOUR_MS = 3_600_000;

/** An MSR of some hours with a backup of it, whose hours can be damaged and repaired. */
export interface PartialScene {
  readonly msr: Msr;
  readonly directory: string;
  readonly vault: Vault;
  readonly settings: Settings;
  readonly manifest: Manifest;
  /** The start of the hour that began this many hours before the newest whole one. */
  hour(ago: number): Date;
  /** Events of an hour, numbered on. */
  events(options: { readonly ago: number; readonly count: number }): BedEvent[];
  produced(): number;
  plan(input?: RecoveryInput): Promise<{ readonly plan: Plan; readonly ctx: RecoveryContext }>;
  /** Every row as text, in an order of its own. */
  rows(): Promise<string[]>;
  drop(): Promise<void>;
}

/** @param perHour events in each of the last six whole hours */
export async function partialScene(
  bed: BedHandle,
  options: MsrOptions,
  { perHour = 60, hours = 6, beforeBackup = async (_: Msr) => {} } = {},
): Promise<PartialScene> {
  const msr = await bed.createMsr({ partitions: 2, jobs: false, ...options });
  const directory = await mkdtemp(join(tmpdir(), 'msr-partial-test-'));
  const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const hour = (ago: number): Date => new Date(now - ago * HOUR_MS);
  let last = 0;
  const events: PartialScene['events'] = ({ ago, count }) => {
    const firstNumber = last + 1;
    last += count;
    const span = { from: hour(ago), to: new Date(hour(ago).getTime() + HOUR_MS) };
    return [...history({ seed: firstNumber, count, topics: msr.topics, ...span, firstNumber })];
  };
  for (let ago = hours; ago >= 1; ago--) await msr.produce(events({ ago, count: perHour }));
  await msr.waitForEvents(last);
  await beforeBackup(msr);
  const manifest = await backUp(msr, directory);
  const settings = readSettings(msr.env(directory));
  const vault = openVault(settings.vaultUrl);
  return {
    ...{ msr, directory, vault, settings, manifest, hour, events },
    produced: () => last,
    plan: async (input = {}) => {
      const execution = { id: `execution-${Math.random()}`, startedAt: new Date().toISOString() };
      const plan = await makePlan(vault, settings, request(input), execution);
      return { plan, ctx: recoveryContext(msr, vault, { recoveryId: plan.recoveryId }) };
    },
    rows: async () => await allRows(msr),
    drop: async () => {
      await rm(directory, { recursive: true, force: true });
      await msr.drop();
    },
  };
}

async function allRows(msr: Msr): Promise<string[]> {
  const { rows } = await msr.query('admin', (client) =>
    client.query<{ row: string }>(
      `SELECT (table_name, event_timestamp, entity_id, op, entity_state)::text AS row FROM msr.cdc_event
       ORDER BY (table_name, event_timestamp, entity_id, op, entity_state)::text COLLATE "C"`,
    ),
  );
  return rows.map(({ row }) => row);
}

/** Runs SQL on the rows of one hour; `$h` stands for their condition. */
export async function damage(msr: Msr, start: Date, sql: string, table?: string): Promise<void> {
  const until = new Date(start.getTime() + HOUR_MS);
  const ofTable = table === undefined ? '' : `AND table_name = '${table}'`;
  const hour = `(event_timestamp >= '${start.toISOString()}' AND event_timestamp < '${until.toISOString()}' ${ofTable})`;
  await msr.query('admin', (client) => client.query(sql.replaceAll('$h', hour)));
}
