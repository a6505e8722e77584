import { describe, expect, it } from 'vitest';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { boundaryOffsets, changesSince, rulesDigest } from '../../../src/recovery/plan/reading.ts';
import { sinkConfig } from '../../bed/sink.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';
import { assessment, RECOVERY_ID, request } from './sample-assessment.ts';

const databaseUrl = 'postgres://sink:secret@localhost:5432/msr';
const config = (extra: Readonly<Record<string, string>> = {}) =>
  sinkConfig({ topics: ['gis.geo'], databaseUrl, extra });
const connector = 'cdc-sink-connector';
const manifest = sampleManifest({
  connectors: [
    {
      name: connector,
      config: { ...config(), 'connection.password': `\${secret:${connector}:connection.password}` },
    },
  ],
});

describe('the changes since a backup', () => {
  it('are none where only the secrets stand as references', () => {
    expect(changesSince(manifest, config())).toEqual([]);
  });

  it('are named, whatever the connector is called by now', () => {
    expect(changesSince(manifest, config({ 'transforms.rename.renames': 'payload:entity_state' }))).toEqual([
      'transforms.rename.renames: data:entity_state → payload:entity_state',
    ]);
  });

  it('are not known where the backup does not hold the configuration', () => {
    expect(changesSince(sampleManifest(), config())).toEqual([
      "the backup does not hold its sink's configuration",
    ]);
  });
});

it('the boundary lies not before the cut, and names only topics of the backup', () => {
  const at = [
    { topic: 'gis.geo', partition: 0, offset: 1200 },
    { topic: 'gis.geo', partition: 1, offset: 7 },
    { topic: 'gis.new', partition: 0, offset: 9 },
  ];
  expect(boundaryOffsets(manifest.cut, at)).toEqual([
    { topic: 'gis.geo', partition: 0, offset: 1500 },
    { topic: 'gis.geo', partition: 1, offset: 7 },
  ]);
});

describe('a plan', () => {
  const reading = { rules: rulesDigest(config()), faults: [], facts: [] };
  const plan = (change: object) =>
    planRecovery(assessment({ reading: { ...reading, ...change } }), request(), RECOVERY_ID);
  const boundary = (offset: number) => ({
    ...{ at: '2026-11-23T04:00:00.000Z', offsets: [{ topic: 'gis.geo', partition: 0, offset }] },
  });

  it('is another one with another boundary, level, or configuration', () => {
    const plans = [
      plan({}),
      plan({ boundary: boundary(1) }),
      plan({ boundary: boundary(2) }),
      plan({ isolation: 'read_committed' }),
      plan({ rules: 'other' }),
    ];
    expect(new Set(plans.map(({ hash }) => hash)).size).toBe(plans.length);
    expect(plans[1]?.reading).toEqual({ rules: reading.rules, boundary: boundary(1) });
  });

  it('is refused where the replay would have to guess, and shows what the operator should know', () => {
    const refused = plan({ faults: ['the sink has changed'], facts: ['of 40 records 3'] });
    expect(refused.refusal).toContain('the sink has changed');
    expect(refused.remarks).toContain('of 40 records 3');
    expect(plan({}).refusal).toBeUndefined();
  });
});
