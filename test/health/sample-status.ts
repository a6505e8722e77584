import { CHECK_NAMES } from '../../src/health/checks.ts';
import type { StatusDocument } from '../../src/health/status/status-document.ts';

const NOW = Date.parse('2026-11-27T10:00:00.000Z');
const HOUR = 3_600_000;
const at = (hoursAgo: number) => new Date(NOW - hoursAgo * HOUR).toISOString();

const LONG =
  'org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception <script>alert(1)</script>';

/** A status with something of everything: what is well, what is not, and what others have said. */
export function sampleStatus(change: Partial<StatusDocument> = {}): StatusDocument {
  return {
    version: 1,
    at: at(0),
    instance: 'prod/msr',
    outlook: {
      answer: 'yes',
      text: 'Can we recover now? Yes, in 12 to 25 min, losing nothing',
      seconds: { low: 720, high: 1500 },
      measured: true,
    },
    verdict: 'not healthy',
    quiet: null,
    results: CHECK_NAMES.map((check) => ({
      check,
      ...(check === 'sink-running'
        ? {
            status: 'failed' as const,
            severity: 'page' as const,
            evidence: ['the sink is FAILED', LONG],
            hint: 'mend what the trace says',
          }
        : check === 'retention-matrix'
          ? {
              status: 'warning' as const,
              severity: 'ticket' as const,
              evidence: ['topic gis: retention.ms is 1 day'],
              hint: 'change it',
            }
          : check === 'zones'
            ? {
                status: 'unknown' as const,
                severity: 'none' as const,
                evidence: ['az-b cannot be reached'],
                hint: null,
              }
            : {
                status: 'ok' as const,
                severity: 'none' as const,
                evidence: [`${check} is well`],
                hint: null,
              }),
      ...{ value: null, unit: null, threshold: null, since: at(3), silencedBy: null },
      commands:
        check === 'retention-matrix' ? ['kafka-configs.sh --alter --add-config retention.ms=604800000'] : [],
    })),
    done: [],
    backups: Array.from({ length: 14 }, (_, day) => ({
      id: `202611${27 - day}T033000Z-00${(day + 16).toString(16)}`,
      takenAt: at(6.5 + day * 24),
      state: day === 3 ? 'damaged' : 'complete',
      replayable: day === 3 ? null : day < 7,
      bytes: 3e9,
    })),
    day: Array.from({ length: 96 }, (_, quarter) => ({
      at: at(24 - quarter / 4),
      lagMessages: quarter > 30 && quarter < 40 ? null : Math.round(500 + 400 * Math.sin(quarter / 5)),
      lagSeconds: quarter % 7,
      eventAgeSeconds: 5 + (quarter % 11),
      logEnd: 1e6 + quarter * 40_000,
    })),
    drills: [
      { id: '20261124T040000Z-0d11', kind: 'drill', endedAt: at(70), verdict: 'recovered', seconds: 1100 },
    ],
    ...change,
  };
}
