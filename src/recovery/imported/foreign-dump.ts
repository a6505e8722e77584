import { OperatorError } from '../../core/operator-error.ts';

/** The file is no dump that could be a backup of this MSR. Nothing was written. */
export class ForeignDumpError extends OperatorError {
  override readonly name = 'ForeignDumpError';
}

/** What the list of a dump's entries tells of it. */
export interface DumpOrigin {
  readonly database: string;
  /** `17.5` */
  readonly pgDump: string;
  /** When pg_dump began to write, as it says. */
  readonly writtenAt: string;
}

/** A custom-format archive begins so, and no other format of pg_dump does. */
export const CUSTOM_FORMAT = 'PGDMP';

/** Tables that a recovery cannot do without. */
const TABLES = ['cdc_event', 'session', 'configuration', 'snapshot_pointer'];

/**
 * Reads the output of `pg_restore --list`. Pure.
 * @param name of the file, for people
 * @throws ForeignDumpError where it is the dump of something else, or of a part
 */
export function readOrigin(name: string, list: string): DumpOrigin {
  const told = (label: string) => new RegExp(`^;\\s+${label}:? (.*)$`, 'm').exec(list)?.[1]?.trim();
  const database = told('dbname') ?? '';
  const missing = TABLES.filter(
    (table) => !new RegExp(`^\\d+; \\d+ \\d+ TABLE msr ${table} `, 'm').test(list),
  );
  if (missing.length === TABLES.length) {
    throw new ForeignDumpError(`${name} is the dump of ${database || 'a database'}, and holds no MSR`, {
      hint: 'name a dump of the whole MSR database: pg_dump -Fc, without --schema or --table',
    });
  }
  const rows = / TABLE DATA msr configuration /.test(list);
  if (missing.length > 0 || !rows || !/ EXTENSION - timescaledb /.test(list)) {
    const what =
      missing.length > 0
        ? `lacks msr.${missing.join(', msr.')}`
        : rows
          ? 'lacks TimescaleDB'
          : 'holds no rows';
    throw new ForeignDumpError(`${name} ${what}: it is the dump of a part of ${database}`, {
      hint: 'name a dump of the whole MSR database: pg_dump -Fc, without --schema, --table or --schema-only',
    });
  }
  const pgDump = /^\d+(\.\d+)*/.exec(told('Dumped by pg_dump version') ?? '')?.[0] ?? '';
  return { database, pgDump, writtenAt: told('Archive created at') ?? '' };
}

/** @throws ForeignDumpError for a moment that is none, or is still to come */
export function parseTakenAt(text: string, now: Date): Date {
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text);
  const at = new Date(text);
  if (!isMoment || Number.isNaN(at.getTime())) {
    throw new ForeignDumpError(`--taken-at ${JSON.stringify(text)} is no moment`, {
      hint: 'give date, time and zone of when pg_dump was started: 2026-11-28T03:00:00Z',
    });
  }
  if (at.getTime() <= now.getTime()) return at;
  throw new ForeignDumpError(`--taken-at ${at.toISOString()} is still to come`, {
    hint: 'give the moment at which pg_dump was started, with its zone',
  });
}
