import type { Assessment } from '../../../src/recovery/plan/assessment.ts';
import {
  type RecoveryInput,
  type RecoveryRequest,
  recoveryRequest,
} from '../../../src/recovery/plan/request.ts';

export const BACKUP_ID = '20261123T030000Z-aaaa';
export const RECOVERY_ID = '20261123T041500Z-9f3a';

/** A lost database, and everything that a standard recovery needs. */
export function assessment(change: Partial<Assessment> = {}): Assessment {
  return {
    assessedAt: '2026-11-23T04:15:00.000Z',
    backup: {
      id: BACKUP_ID,
      takenAt: '2026-11-23T03:00:00.000Z',
      exact: true,
      byContent: false,
      unproven: [],
      events: 4_000_000,
      bytes: 900_000_000,
      baseline: 'dump',
      dumpSeconds: 120,
      digestSeconds: 60,
      obstacle: null,
      passedOver: [],
    },
    database: {
      server: 'db:5432/msr',
      state: 'gone',
      readable: false,
      writable: true,
      obstacle: null,
      configuration: { from: 'backup', playbackRange: '7', fault: null, liveFault: null, changes: [] },
      damaged: { hours: [], events: [], uncompared: 0, restSound: false, configuration: false, others: true },
      facts: ['database is not there'],
    },
    log: {
      state: 'whole',
      topics: [{ name: 'gis.geo_entity', id: 'topic-id-1', partitions: 4 }],
      unidentified: [],
      unknown: [],
      records: 350_000,
      headroomSeconds: 86_400,
      around: { holes: [], starts: [], anew: [], absent: [], obstacles: [], begins: [] },
      facts: ['Kafka holds every record since the backup'],
    },
    experience: [],
    backups: [],
    zones: [],
    suspicions: [],
    recorded: [],
    sink: { connector: 'cdc-sink-connector', state: 'RUNNING', understood: true, follows: false, facts: [] },
    target: { server: 'db:5432', cutover: 'rename', readersSecret: false, fit: true, facts: [] },
    ...change,
  };
}

export function request(input: RecoveryInput = {}): RecoveryRequest {
  return recoveryRequest.parse(input);
}
