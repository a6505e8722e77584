import { describe, expect, it } from 'vitest';
import { rulesDigest } from '../../../src/recovery/plan/reading.ts';
import { overlapOf, requirePlanned } from '../../../src/recovery/replay/replay-input.ts';
import { sinkConfig } from '../../bed/sink.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';

const databaseUrl = 'postgres://sink:secret@localhost:5432/msr';
const config = (extra: Readonly<Record<string, string>> = {}) =>
  sinkConfig({ topics: ['gis.geo'], databaseUrl, extra });
const changed = config({ 'transforms.rename.renames': 'payload:entity_state' });
const manifest = sampleManifest({ connectors: [{ name: 'cdc-sink-connector', config: config() }] });
const reading = (of: Readonly<Record<string, string>>) => ({ rules: rulesDigest(of) });

describe('the configuration that a replay meets', () => {
  it.each([
    ['is that of the plan', manifest, config(), reading(config())],
    ['is that of the plan, which knows that it has changed', manifest, changed, reading(changed)],
    ['writes to another place by now', manifest, config({ 'connection.url': 'x' }), reading(config())],
    ['is that of the backup, where no plan says more', manifest, config(), undefined],
    ['cannot be compared, where backup and plan are silent', sampleManifest(), changed, undefined],
  ])('is gone by where it %s', (_, backup, now, planned) => {
    expect(() => requirePlanned(backup, now, planned)).not.toThrow();
  });

  it.each([
    ['was changed after the plan', changed, reading(config())],
    ['was changed back after the plan', config(), reading(changed)],
    ['is not that of the backup, and no plan says more', changed, undefined],
  ])('is refused where it %s', (_, now, planned) => {
    expect(() => requirePlanned(manifest, now, planned)).toThrow(
      expect.objectContaining({ name: 'SinkChangedError' }),
    );
  });
});

describe('the overlap of an inexact cut', () => {
  const at = (offset: number) => [{ topic: 't', partition: 0, offset }];
  const overlap = { until: at(120), twins: [{ hash: '-7', count: 2 }] };

  it('is read from the manifest, and absent where the cut is exact', () => {
    expect(overlapOf({}, undefined)).toBeUndefined();
    expect(overlapOf({ overlap }, undefined)).toEqual({ until: at(120), twins: new Map([[-7n, 2]]) });
    expect(overlapOf({ overlap }, at(120))).toBeDefined();
  });

  it('is refused where the sink was changed within it: two readings would meet in it', () => {
    expect(() => overlapOf({ overlap }, at(119))).toThrow('before offset 120');
  });
});
