import { describe, expect, it } from 'vitest';
import { findDamage, type LiveContent, tellingHours } from '../../../src/recovery/plan/compare-database.ts';
import { sampleManifest } from '../../manifest/sample-manifest.ts';

const digest = (hour: number, count: number, sum: string) => ({
  table: 'gis.geo_entity',
  hour: `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`,
  count,
  sum,
});

const relation = (name: string, rows: number) => ({ name, kind: 'table' as const, rows });
const manifest = {
  ...sampleManifest(),
  relations: [relation('cdc_event', 30), relation('session', 2), relation('current_earliest_snapshot', 9)],
  configuration: [{ key: 'MAX_PLAYBACK_RANGE', value: '7', type: 'NUMBER' }],
  digests: [digest(1, 10, '100'), digest(2, 20, '-7')],
};

const HOURS = new Set(manifest.digests.map(({ hour }) => hour));

const healthy: LiveContent = {
  relations: new Set(['cdc_event', 'session', 'current_earliest_snapshot']),
  configurationKeys: new Set(['MAX_PLAYBACK_RANGE', 'ANOTHER']),
  snapshotRows: 5,
  cutoff: new Date('2026-11-20T00:30:00Z'),
  events: { digests: manifest.digests, hours: HOURS },
};
interface Change extends Partial<LiveContent> {
  readonly digests?: LiveContent['events']['digests'];
}
const damage = ({ digests = manifest.digests, ...change }: Change) =>
  findDamage(manifest, { ...healthy, events: { digests, hours: HOURS }, ...change }).map(({ text }) => text);

describe('findDamage', () => {
  it('finds none in a database that holds what the backup held, and more', () => {
    expect(damage({})).toEqual([]);
    expect(damage({ digests: [...manifest.digests, digest(5, 3, '1')] })).toEqual([]);
  });

  it('allows late events, which change the digest of an hour', () => {
    expect(damage({ digests: [digest(1, 11, '4711'), digest(2, 20, '-7')] })).toEqual([]);
  });

  it('finds missing events, in an hour and a whole hour', () => {
    expect(damage({ digests: [digest(1, 9, '90')] })).toEqual([
      'gis.geo_entity in the hour of 2026-11-20T01:00:00Z has 9 events; the backup held 10',
      'gis.geo_entity in the hour of 2026-11-20T02:00:00Z has 0 events; the backup held 20',
    ]);
  });

  it('finds changed events by their digest, however the sum is spelled', () => {
    expect(damage({ digests: [digest(1, 10, '101'), digest(2, 20, '-7')] })).toEqual([
      'gis.geo_entity in the hour of 2026-11-20T01:00:00Z holds other events than the backup did',
    ]);
    expect(damage({ digests: [digest(1, 10, '0100'), digest(2, 20, '-7')] })).toEqual([]);
  });

  it('allows what maintenance has dropped since: hours wholly before the cutoff, not the one that holds it', () => {
    const digests = [digest(2, 20, '-7')];
    expect(damage({ digests, cutoff: new Date('2026-11-20T02:00:00Z') })).toEqual([]);
    expect(damage({ digests, cutoff: new Date('2026-11-20T01:59:59Z') })).toHaveLength(1);
    expect(damage({ digests, cutoff: null })).toHaveLength(1);
  });

  it('finds nothing in hours that there was no time for', () => {
    const [first, second] = manifest.digests.map(({ hour }) => hour);
    const compared = new Set([second ?? '']);
    expect(damage({ events: { digests: [digest(2, 20, '-7')], hours: compared } })).toEqual([]);
    expect(damage({ events: { digests: [], hours: compared } })).toHaveLength(1);
    expect(tellingHours(manifest, null)).toEqual([first, second]);
    expect(tellingHours(manifest, new Date('2026-11-20T02:00:00Z'))).toEqual([second]);
  });

  it('finds missing relations, configuration keys and an emptied snapshot', () => {
    expect(
      damage({ relations: new Set(['cdc_event']), configurationKeys: new Set(), snapshotRows: 0 }),
    ).toEqual([
      'msr.session is missing',
      'msr.current_earliest_snapshot is missing',
      'msr.configuration has no MAX_PLAYBACK_RANGE',
      'msr.current_earliest_snapshot is empty; the backup held 9 entities',
    ]);
  });
});
