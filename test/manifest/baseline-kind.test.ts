import { describe, expect, test } from 'vitest';
import type { StrategyName } from '../../src/core/strategy-name.ts';
import {
  type BaselineKind,
  type BaselineWish,
  chooseBaseline,
  damageOfBaseline,
  isRecoveredInPlace,
} from '../../src/manifest/baseline-kind.ts';
import { type Volumes, volumesName } from '../../src/manifest/volumes-schema.ts';
import { VaultPath } from '../../src/vault/vault.ts';

const id = '20261123T041500Z-9f3a';
const dump = { path: VaultPath.dump(id), bytes: 1, sha256: '00' };
const ebs: Volumes = {
  kind: 'ebs',
  region: 'eu-central-1',
  instanceId: 'i-0123456789abcdef0',
  snapshots: [{ snapshotId: 'snap-1', volumeId: 'vol-1', device: '/dev/sdf', sizeGiB: 8, encrypted: true }],
};
const cloud: Volumes = {
  kind: 'timescale-cloud',
  projectId: 'p',
  serviceId: 's',
  region: 'eu-central-1',
  forkTime: '2026-11-23T04:15:00Z',
  forkableUntil: '2026-11-26T04:15:00Z',
};

const backup = (strategy: StrategyName, artifacts: (typeof dump)[], volumes: Volumes[]) => ({
  ...{ id, strategy, artifacts, volumes },
});
const dumpOnly = backup('dump', [dump], []);
const volumesOnly = backup('ebs', [], [ebs]);
const hybrid = backup('hybrid', [dump], [ebs]);
const fork = backup('timescale-cloud', [], [cloud]);

const rotten = { path: dump.path, fact: 'its SHA-256 is another' };
const gone = { path: volumesName(ebs), fact: 'snap-1 is gone' };

const here = (wanted?: BaselineKind): BaselineWish => ({ wanted, separateServer: false });
const elsewhere = (wanted?: BaselineKind): BaselineWish => ({ wanted, separateServer: true });

describe('what a recovery begins with', () => {
  test.each([
    ['the dump', dumpOnly, here(), 'dump'],
    ['the dump, on another server, too', dumpOnly, elsewhere(), 'dump'],
    ['volumes where there is nothing else', volumesOnly, elsewhere(), 'volumes'],
    ['the fork of a service', fork, elsewhere(), 'volumes'],
    ['of both the dump', hybrid, elsewhere(), 'dump'],
    ['of both the volumes where they are asked for', hybrid, elsewhere('volumes'), 'volumes'],
  ])('%s', (_, from, wish, kind) => {
    expect(chooseBaseline(from, wish)).toEqual({ kind });
  });

  test.each([
    ['no dump', volumesOnly, elsewhere('dump'), 'it holds no dump (strategy ebs)'],
    ['no volumes', dumpOnly, elsewhere('volumes'), 'it holds no volumes (strategy dump)'],
    ['no server for them', volumesOnly, here(), 'come up as a server of their own'],
    ['no server for them, asked for', hybrid, here('volumes'), 'come up as a server of their own'],
  ])('%s', (_, from, wish, obstacle) => {
    expect(chooseBaseline(from, wish)).toEqual({ obstacle: expect.stringContaining(obstacle) });
  });
});

test.each([
  ['a fork of Timescale Cloud', fork, true],
  ['a copy of volumes', volumesOnly, false],
  ['a dump', dumpOnly, false],
])('of %s it is told whether it keeps the live name', (_, from, inPlace) => {
  expect(isRecoveredInPlace(from)).toBe(inPlace);
});

describe('what a verification found damaged', () => {
  test.each([
    ['nothing', hybrid, 'dump', [], undefined],
    ['the dump that would be restored', dumpOnly, 'dump', [rotten], `(${dump.path}: ${rotten.fact})`],
    ['the dump beside the volumes', hybrid, 'volumes', [rotten], undefined],
    ['the volumes beside the dump', hybrid, 'dump', [gone], undefined],
    ['the volumes', volumesOnly, 'volumes', [gone], `(${gone.path}: ${gone.fact})`],
    ['both', hybrid, 'dump', [rotten, gone], `(${dump.path}: ${rotten.fact})`],
  ] as const)('%s', (_, from, kind, damaged, fact) => {
    const expected = fact === undefined ? undefined : `its latest verification found it damaged ${fact}`;
    expect(damageOfBaseline(from, kind, damaged)).toBe(expected);
  });
});
