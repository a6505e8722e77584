import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { KafkaVersion } from '../bed/cache.ts';
import type { OtherBed } from '../bed/engines-of-version.ts';
import type { Msr } from '../bed/msr.ts';
import { type MsrResult, runMsr } from '../cli/run-msr.ts';
import { someEvents, tally } from '../freeze/scene.ts';

const EVENTS = 300;

/** An MSR on engines of other versions, with what was produced so far and a vault of its own. */
export interface OldWorld {
  readonly msr: Msr;
  env(change?: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  produceMore(): Promise<void>;
  /** What was produced is there once. */
  expectEverythingOnce(): Promise<void>;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<MsrResult>;
  end(): Promise<void>;
}

/** @param extra variables of every command, made of the MSR */
export async function createOldWorld(
  bed: OtherBed,
  name: string,
  extra: (msr: Msr) => Readonly<Record<string, string>> = () => ({}),
): Promise<OldWorld> {
  const vault = await mkdtemp(join(tmpdir(), 'msr-versions-'));
  const msr = await bed.createMsr({ name, partitions: 2 });
  let produced = 0;
  return {
    msr,
    env: (change = {}) => ({ ...msr.env(vault), ...extra(msr), ...change }),
    produceMore: async () => {
      await msr.produce(someEvents(msr, EVENTS, produced + 1));
      produced += EVENTS;
      await msr.waitForEvents(produced);
    },
    expectEverythingOnce: async () => expect(await tally(msr)).toEqual({ rows: produced, numbers: produced }),
    run: (args, env = {}) => runMsr(args, { ...msr.env(vault), ...extra(msr), ...env }),
    end: async () => {
      await msr.drop();
      await rm(vault, { recursive: true, force: true });
    },
  };
}

/**
 * The doctor finds the engines usable; a backup, a recovery from it and its undo lose and double
 * nothing.
 */
export async function expectBackupAndRecovery(world: OldWorld, worker: KafkaVersion): Promise<void> {
  await world.produceMore();
  const doctor = await world.run(['doctor', '--json']);
  const { checks } = JSON.parse(doctor.stdout);
  expect(checks.filter(({ outcome }: { outcome: string }) => outcome === 'failed')).toEqual([]);
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'kafka connect', fact: expect.stringContaining(`version ${worker}`) }),
  );
  expectEnd(await world.run(['backup', '--ignore-maintenance']), 0);
  await world.produceMore();
  const recovered = await world.run(['recover', '--force', '--yes']);
  expectEnd(recovered, 0);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED\n$/);
  await world.produceMore();
  await world.expectEverythingOnce();
}

/** What it said stands in the failure's message. */
export function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}
