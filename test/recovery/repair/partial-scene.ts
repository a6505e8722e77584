import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClient } from '../../../src/clients/connect.ts';
import type { Execution } from '../../../src/core/ids.ts';
import { retryRebalance, waitForRunning } from '../../../src/freeze/sink-control.ts';
import type { Manifest } from '../../../src/manifest/manifest.ts';
import type { RecoveryContext } from '../../../src/recovery/context.ts';
import { type RecoveryReport, writeReport } from '../../../src/recovery/end/report.ts';
import { compareAll } from '../../../src/recovery/plan/comparison.ts';
import { makePlan } from '../../../src/recovery/plan/make-plan.ts';
import type { Plan } from '../../../src/recovery/plan/plan.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { repairStep } from '../../../src/recovery/steps/repair-step.ts';
import { undoStep } from '../../../src/recovery/steps/undo-step.ts';
import { readSettings, type Settings } from '../../../src/settings/settings.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { backUp } from '../../backup/scene.ts';
import type { BedHandle, Msr, MsrOptions } from '../../bed/bed.ts';
import { type BedEvent, history } from '../../bed/events.ts';
import { waitFor } from '../../bed/wait.ts';
import { tally } from '../../freeze/scene.ts';
import { request } from '../plan/sample-assessment.ts';
import { recoveryContext } from '../recovery-context.ts';
import { HOUR_MS } from './damage-hour.ts';

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
  /** The same after a comparison of all events. */
  planCompared(input?: RecoveryInput): Promise<{ readonly plan: Plan; readonly ctx: RecoveryContext }>;
  /** Carries a plan out as the state machine does, report and all; an undo, too. */
  carryOut(ctx: RecoveryContext, step?: 'repair' | 'undo'): Promise<RecoveryReport>;
  /** Every row in short, with all that it holds as a hash, in an order of its own. */
  rows(): Promise<string[]>;
  /** Produces, and returns when the database holds them and the sink has committed them. */
  feed(events: readonly BedEvent[]): Promise<void>;
  /** Fails unless the database holds every number that was produced exactly once. */
  expectEveryEventOnce(): Promise<void>;
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
  const look = async (input: RecoveryInput, compared: boolean, execution: Execution) => {
    const plan = await makePlan(vault, settings, request(input), execution, { compared });
    return { plan, ctx: recoveryContext(msr, vault, { recoveryId: plan.recoveryId }) };
  };
  return {
    ...{ msr, directory, vault, settings, manifest, hour, events },
    produced: () => last,
    plan: (input = {}) => look(input, false, newExecution()),
    planCompared: async (input = {}) => {
      const execution = newExecution();
      const { ctx } = await look(input, false, execution);
      await compareAll(ctx);
      return await look(input, true, execution);
    },
    carryOut: async (ctx, step = 'repair') => {
      await (step === 'undo' ? undoStep : repairStep)(ctx);
      const procedure = step === 'undo' ? 'undo' : 'partial';
      return await writeReport(vault, { recoveryId: ctx.recoveryId, procedure, outcome: 'recovered' });
    },
    rows: async () => await allRows(msr),
    feed: async (more) => {
      const before = await countRows(msr);
      await msr.produce(more);
      await msr.waitForEvents(before + more.length);
      await commit(settings, msr);
    },
    expectEveryEventOnce: async () =>
      void (await waitFor('every event to be there once', async () => {
        const found = await tally(msr);
        if (found.rows === last && found.numbers === last) return true;
        throw new Error(`of ${last} there are ${found.numbers}, in ${found.rows} rows`);
      })),
    drop: async () => {
      await rm(directory, { recursive: true, force: true });
      await msr.drop();
    },
  };
}

/** A sink commits when it is stopped; by itself it does so once a minute. */
async function commit({ connect }: Settings, { connector }: Msr): Promise<void> {
  const client = connectClient(connect);
  await retryRebalance(() => client.stop(connector));
  await waitFor('the sink to stop', async () => (await client.status(connector)).tasks.length === 0);
  await retryRebalance(() => client.resume(connector));
  await waitForRunning(client, connector, { tolerateFailed: false });
}

function newExecution(): Execution {
  return { id: `execution-${Math.random()}`, startedAt: new Date().toISOString() };
}

async function countRows(msr: Msr): Promise<number> {
  return (await tally(msr)).rows;
}

async function allRows(msr: Msr): Promise<string[]> {
  const { rows } = await msr.query('admin', (client) =>
    client.query<{ row: string }>(
      `SELECT concat_ws(' ', date_trunc('hour', event_timestamp AT TIME ZONE 'UTC'), table_name, op,
                        entity_state ->> 'n', md5(e::text)) AS row
       FROM msr.cdc_event e ORDER BY 1`,
    ),
  );
  return rows.map(({ row }) => row);
}

/** The hours of a plan, as `table hour`. */
export const hoursOf = (hours: ReadonlyArray<{ table: string; hour: string }> | undefined): string[] =>
  (hours ?? []).map(({ table, hour }) => `${table} ${hour.slice(0, 13)}`).sort();
