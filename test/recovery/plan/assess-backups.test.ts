import { expect, it } from 'vitest';
import type { BackupEntry } from '../../../src/manifest/catalogue.ts';
import type { ManifestHead } from '../../../src/manifest/manifest.ts';
import { outlooks } from '../../../src/recovery/plan/assess-backups.ts';
import { reachedSince } from '../../../src/recovery/plan/reached.ts';
import { VaultPath } from '../../../src/vault/vault.ts';

const backup = (id: string, offset: number, topicId = 'id-1'): BackupEntry => ({
  id,
  state: 'complete',
  manifest: {
    id,
    strategy: 'dump',
    artifacts: [{ path: VaultPath.dump(id), bytes: 1, sha256: '' }],
    volumes: [],
    durations: { dumpSeconds: 10, digestSeconds: 5, verifySeconds: 0 },
    cut: {
      exact: true,
      takenAt: '2026-11-20T03:00:00.000Z',
      offsets: [{ topic: 't', partition: 0, offset }],
      topics: [{ name: 't', id: topicId, partitions: 1 }],
    },
  } as unknown as ManifestHead,
});

const log = {
  topics: [{ name: 't', id: 'id-1', partitions: [0] }],
  logStart: [{ topic: 't', partition: 0, offset: 100 }],
  logEnd: [{ topic: 't', partition: 0, offset: 150 }],
  retention: [],
};

it('prices each backup by the log of today', () => {
  const entries: BackupEntry[] = [
    backup('whole', 120),
    backup('holed', 90),
    backup('foreign', 120, 'id-0'),
    { id: 'half', state: 'incomplete', bytes: 1 },
    { ...backup('rotten', 120), state: 'damaged', reason: 'the dump is missing' } as BackupEntry,
  ];
  const wish = { separateServer: false };
  const damaged = new Map([['whole', [{ path: VaultPath.dump('whole'), fact: 'other bytes' }]]]);
  const seen = outlooks(entries, damaged, { log, wish, now: 0 });
  expect(seen.map(({ id, log: state, records, lost }) => [id, state, records, lost])).toEqual([
    ['whole', 'whole', 30, 0],
    ['holed', 'damaged', 60, 10],
    ['foreign', 'damaged', 30, null],
    ['rotten', 'whole', 30, 0],
  ]);
  expect(seen.map(({ obstacle }) => obstacle)).toEqual([
    expect.stringContaining('other bytes'),
    null,
    null,
    'the dump is missing',
  ]);
  expect(outlooks(entries, new Map(), { log: undefined, wish, now: 0 })[0]).toMatchObject({
    log: 'unreachable',
    lost: null,
  });
});

it('knows of a log that was truncated since by what newer backups hold of it', () => {
  const short = { ...log, logEnd: [{ topic: 't', partition: 0, offset: 130 }] };
  const seenOf = (entries: readonly BackupEntry[]) =>
    outlooks(entries, new Map(), { log: short, wish: { separateServer: false }, now: 0 }).map(
      ({ id, log: state, lost }) => [id, state, lost],
    );
  expect(seenOf([backup('newest', 140), backup('older', 120)])).toEqual([
    ['newest', 'damaged', null],
    ['older', 'damaged', null],
  ]);
  // Another log by that name says nothing, nor does one that reaches as far.
  expect(seenOf([backup('newest', 140, 'id-0'), backup('older', 120)])[1]).toEqual(['older', 'whole', 0]);
  expect(seenOf([backup('newest', 130), backup('older', 120)])[1]).toEqual(['older', 'whole', 0]);
});

it.each([
  ['older', [140], 'of the one that has seen most'],
  ['middle', [140], 'of the newer ones alone'],
  ['newest', [], 'of none'],
  ['unknown', [], 'of nobody, where it is not among them'],
])('%s has been reached to %j: %s', (id, offsets) => {
  const entries = [backup('newest', 140), backup('middle', 125), backup('older', 120)];
  const entry = entries.find((each) => each.id === id) ?? backup(id, 1);
  if (!('manifest' in entry)) throw new Error('no manifest');
  expect(reachedSince(id, entry.manifest.cut, entries).map(({ offset }) => offset)).toEqual(offsets);
});
