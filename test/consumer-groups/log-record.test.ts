import { beforeEach, describe, expect, it } from 'vitest';
import { type LogRecord, lastRecorded } from '../../src/consumer-groups/log-record.ts';
import type { Manifest, ManifestHead } from '../../src/manifest/manifest.ts';
import { readRecorded, withSeenEnds } from '../../src/recovery/plan/recorded.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

let vault: Vault;
beforeEach(() => {
  vault = temporaryVault().vault;
});

const topic = (name: string, id: string | null, end: number[], committed: (number | null)[] = end) => ({
  ...{ name, id },
  offsets: {
    ...{ start: end.map(() => 0), end, stable: end, committed },
    ...{ waiting: end.map(() => 0), waitingSince: end.map(() => null) },
  },
});
async function run(at: string, ...topics: LogRecord['topics']): Promise<void> {
  const text = JSON.stringify({ status: 'ok', log: { at, clusterId: null, topics } });
  await vault.writeDocument(VaultPath.latestHealth, text);
  await vault.writeDocument(VaultPath.healthRun(at.replace(/[-:]/g, '').replace(/\.\d+/, '')), text);
}
const hours = (hour: number) => `2026-11-23T0${hour}:00:00.000Z`;

const cut = {
  ...{ exact: true, takenAt: hours(3), offsets: [{ topic: 't', partition: 0, offset: 100 }] },
  topics: [{ name: 't', id: 'old', partitions: 1 }],
} as unknown as Manifest['cut'];

describe('what health runs have recorded of a log that is gone', () => {
  it('is the last word of the topic that is meant, behind those of what came in its place', async () => {
    await run(hours(2), topic('t', 'old', [90]));
    await run(hours(4), topic('t', 'old', [140], [130]));
    await run(hours(5), topic('t', 'old', [150], [145]));
    await run(hours(6), topic('t', 'new', [3]));
    expect(await lastRecorded(vault, ['t'], ({ id }) => id === 'old', hours(3))).toMatchObject([
      { at: hours(5), topic: { id: 'old' } },
    ]);
    expect(await readRecorded(vault, cut, ['t'], [])).toEqual([
      { topic: 't', partition: 0, at: hours(5), by: 'health run', end: 150, committed: 145 },
    ]);
  });

  it('is nothing where they are all older than the backup, or of another version', async () => {
    await run(hours(2), topic('t', 'old', [90]));
    await vault.writeDocument(VaultPath.healthRun('20261123T040000Z'), '{"log": 1}');
    await vault.writeDocument(VaultPath.healthRun('20261123T050000Z'), '{"lo');
    expect(await readRecorded(vault, cut, ['t'], [])).toEqual([]);
  });

  it('is told apart by how far the log had come where brokers tell no ids', async () => {
    await run(hours(4), topic('t', null, [140]));
    await run(hours(5), topic('t', null, [3]));
    expect(await readRecorded(vault, cut, ['t'], [])).toMatchObject([{ at: hours(4), end: 140 }]);
  });

  it('is less than what a later backup saw', async () => {
    await run(hours(4), topic('t', 'old', [140]));
    const head = (takenAt: string, id: string, offset: number) =>
      ({
        cut: {
          takenAt,
          topics: [{ name: 't', id, partitions: 1 }],
          offsets: [{ topic: 't', partition: 0, offset }],
        },
      }) as unknown as ManifestHead;
    const heads = [head(hours(5), 'old', 170), head(hours(6), 'new', 900), head(hours(1), 'old', 20)];
    expect(await readRecorded(vault, cut, ['t'], heads)).toEqual([
      { topic: 't', partition: 0, at: hours(5), by: 'backup', end: 170, committed: 170 },
    ]);
  });

  it('says how much of a hole is known', () => {
    const hole = { topic: 't', partition: 0, from: 100, to: null };
    const known = {
      topic: 't',
      partition: 0,
      at: hours(5),
      by: 'backup' as const,
      end: 170,
      committed: null,
    };
    expect(withSeenEnds([hole], [known])).toEqual([{ ...hole, seenTo: 170 }]);
    expect(withSeenEnds([hole], [{ ...known, end: 100 }])).toEqual([hole]);
    expect(withSeenEnds([{ ...hole, to: 120 }], [known])).toEqual([{ ...hole, to: 120 }]);
  });
});
