import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { KafkaVersion } from '../bed/cache.ts';
import type { OtherBed } from '../bed/engines-of-version.ts';
import type { Msr } from '../bed/msr.ts';
import { deleteSink, putSink, waitForRunningSink } from '../bed/sink.ts';
import { type MsrResult, runMsr } from '../cli/run-msr.ts';
import { someEvents, tally } from '../freeze/scene.ts';

const EVENTS = 300;

/** An MSR on engines of other versions, with what was produced so far and a vault of its own. */
export interface OldWorld {
  readonly msr: Msr;
  produceMore(): Promise<void>;
  /** What was produced is there once. */
  expectEverythingOnce(): Promise<void>;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<MsrResult>;
  end(): Promise<void>;
}

export async function createOldWorld(bed: OtherBed, name: string): Promise<OldWorld> {
  const vault = await mkdtemp(join(tmpdir(), 'msr-versions-'));
  const msr = await bed.createMsr({ name, partitions: 2 });
  let produced = 0;
  return {
    msr,
    produceMore: async () => {
      await msr.produce(someEvents(msr, EVENTS, produced + 1));
      produced += EVENTS;
      await msr.waitForEvents(produced);
    },
    expectEverythingOnce: async () => expect(await tally(msr)).toEqual({ rows: produced, numbers: produced }),
    run: (args, env = {}) => runMsr(args, { ...msr.env(vault), ...env }),
    end: async () => {
      await msr.drop();
      await rm(vault, { recursive: true, force: true });
    },
  };
}

/** The doctor finds the engines usable; a backup and a recovery from it lose nothing and double nothing. */
export async function expectBackupAndRecovery(world: OldWorld, worker: KafkaVersion): Promise<void> {
  await world.produceMore();
  const doctor = await world.run(['doctor', '--json']);
  const { checks } = JSON.parse(doctor.stdout);
  expect(checks.filter(({ outcome }: { outcome: string }) => outcome === 'failed')).toEqual([]);
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'kafka connect', fact: expect.stringContaining(`version ${worker}`) }),
  );
  expectEnd(await world.run(['backup']), 0);
  await world.produceMore();
  const recovered = await world.run(['recover', '--force', '--yes']);
  expectEnd(recovered, 0);
  expect(recovered.stdout).toMatch(/\nverdict +RECOVERED\n$/);
  await world.produceMore();
  await world.expectEverythingOnce();
}

/**
 * With the sink moved to a worker that cannot set offsets: the doctor tells it, backup and recovery are
 * refused with the remedy, and the worker was asked to do nothing.
 */
export async function expectRefused(world: OldWorld, old: OtherBed, version: KafkaVersion): Promise<void> {
  const { msr } = world;
  const lacks = `a worker of version ${version} can stop a sink and tell its offsets, but cannot set them (KIP-875)`;
  const HINT =
    'HINT: upgrade the Kafka Connect workers to Apache Kafka 3.6 or later (Confluent Platform 7.6)';
  const env = { MSR_CONNECT_URL: old.connectUrl };
  await deleteSink(msr.env('/')['MSR_CONNECT_URL'] ?? '', msr.connector);
  await putSink(old.connectUrl, msr.connector, msr.sinkConfig);
  await waitForRunningSink(old.connectUrl, msr.connector);
  const before = await old.commands();
  expect(before).toContain(`PUT /connectors/${msr.connector}/config`);
  try {
    const { checks } = JSON.parse((await world.run(['doctor', '--json'], env)).stdout);
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'kafka connect',
        outcome: 'failed',
        fact: expect.stringContaining(lacks),
      }),
    );
    const backup = await world.run(['backup'], env);
    expectEnd(backup, 1);
    expect(backup.stderr).toContain(lacks);
    expect(backup.stderr).toContain(HINT);
    const recovery = await world.run(['recover', '--force', '--yes'], env);
    expectEnd(recovery, 1);
    expect(recovery.stdout + recovery.stderr).toContain(lacks);
    const undo = await world.run(['recover', '--undo', '--yes'], env);
    expectEnd(undo, 1);
    expect(undo.stdout + undo.stderr).toContain(lacks);
    expect(await old.commands()).toEqual(before);
    await world.produceMore();
    await world.expectEverythingOnce();
  } finally {
    await deleteSink(old.connectUrl, msr.connector);
  }
}

/** What it said stands in the failure's message. */
function expectEnd(result: MsrResult, exitCode: number): void {
  expect(result, `${result.stdout}\n${result.stderr}`).toMatchObject({ exitCode });
}
