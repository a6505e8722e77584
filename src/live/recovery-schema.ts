import type { Session } from '../clients/postgres.ts';

/** The schema in the recovered database that belongs to MSR Recovery; backups leave it out. */
export const RECOVERY_SCHEMA = 'msr_recovery';

/**
 * What a recovery keeps in the database that it builds, so that it commits together with the rows it
 * speaks of.
 * - recovery: one row; which recovery built this database from which backup, how far it is (`phase`),
 * and what the rebuild of the derived tables did; in_place: it holds its server's live name all along.
 * - progress: per partition the next offset to replay, and the counts of the ledger's first half.
 * - base_digest: what the database held per (table_name, hour) when a round began (round 1: the
 * baseline).
 * - gained: what Kafka held per (table_name, hour) in the round's records: the ledger's second half.
 * - elsewhere: the same of records whose hours this database is not to hold, where only some are
 * replayed.
 * - overlap: of an inexact cut, each content of the records that the dump may hold already: how many
 * rows the dump has, how many of those belong to records before, how many records were met, how many of
 * them were taken for held.
 * - quarantine: records that are set aside, as they were: bytes, headers (JSON, their bytes in Base64)
 * and the record's own time in milliseconds; NULL where an earlier msr did not keep them.
 * - retried: records in quarantine that were written here since, or were found here.
 * - saved_jobs: the scheduled flags to give back at the end, by procedure and hypertable (ids change);
 * ordinal tells apart two jobs of one procedure and hypertable.
 * - repair: in a live database, one row a repair of some hours: the tables beside it that keep the rows
 * which were replaced, and what of those that were put in an undo goes by.
 * - marker: the offsets that belong to this database; whoever resumes a sink reads them here.
 * offsets_set_at is written after the sink's offsets were altered and read back, and before it is
 * resumed: from then on the sink's own commits are the truth. sink_server (host:port/database, no
 * secret) is where the sink must write for this database; NULL: where it writes already, since the
 * cutover was within one server.
 */
export const RECOVERY_SCHEMA_SQL = `
CREATE SCHEMA IF NOT EXISTS ${RECOVERY_SCHEMA};
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.recovery (
  recovery_id text PRIMARY KEY, backup_id text NOT NULL, phase text NOT NULL, round int NOT NULL DEFAULT 1,
  rebuild jsonb, updated_at timestamptz NOT NULL DEFAULT now());
ALTER TABLE ${RECOVERY_SCHEMA}.recovery ADD COLUMN IF NOT EXISTS in_place boolean NOT NULL DEFAULT false;
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.progress (
  topic text NOT NULL, partition int NOT NULL, start_offset bigint NOT NULL, next_offset bigint NOT NULL,
  data_records bigint NOT NULL DEFAULT 0, inserted bigint NOT NULL DEFAULT 0, tombstones bigint NOT NULL DEFAULT 0,
  filtered bigint NOT NULL DEFAULT 0, quarantined bigint NOT NULL DEFAULT 0, PRIMARY KEY (topic, partition));
ALTER TABLE ${RECOVERY_SCHEMA}.progress ADD COLUMN IF NOT EXISTS elsewhere bigint NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS held bigint NOT NULL DEFAULT 0;
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.overlap (
  hash bigint PRIMARY KEY, dump_rows bigint NOT NULL, twins bigint NOT NULL, records bigint NOT NULL,
  taken bigint NOT NULL);
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.base_digest (
  round int NOT NULL, table_name text NOT NULL, hour text NOT NULL, count bigint NOT NULL, sum numeric NOT NULL,
  PRIMARY KEY (round, table_name, hour));
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.gained (
  round int NOT NULL, table_name text NOT NULL, hour text NOT NULL, count bigint NOT NULL, sum numeric NOT NULL,
  PRIMARY KEY (round, table_name, hour));
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.elsewhere (
  round int NOT NULL, table_name text NOT NULL, hour text NOT NULL, count bigint NOT NULL, sum numeric NOT NULL,
  PRIMARY KEY (round, table_name, hour));
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.quarantine (
  topic text NOT NULL, partition int NOT NULL, record_offset bigint NOT NULL, reason text NOT NULL, value bytea,
  PRIMARY KEY (topic, partition, record_offset));
ALTER TABLE ${RECOVERY_SCHEMA}.quarantine
  ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'undecodable', ADD COLUMN IF NOT EXISTS key bytea,
  ADD COLUMN IF NOT EXISTS headers text, ADD COLUMN IF NOT EXISTS record_timestamp bigint;
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.retried (
  recovery_id text NOT NULL, topic text NOT NULL, partition int NOT NULL, record_offset bigint NOT NULL,
  outcome text NOT NULL, retried_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (recovery_id, topic, partition, record_offset));
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.saved_jobs (
  procedure text NOT NULL, hypertable text, ordinal int NOT NULL, scheduled boolean NOT NULL);
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.repair (
  recovery_id text PRIMARY KEY, backup_id text NOT NULL, hours jsonb NOT NULL, replaced bigint NOT NULL,
  put bigint NOT NULL, repaired_at timestamptz NOT NULL DEFAULT clock_timestamp(), undone_at timestamptz);
CREATE TABLE IF NOT EXISTS ${RECOVERY_SCHEMA}.marker (
  recovery_id text PRIMARY KEY, offsets jsonb NOT NULL, written_at timestamptz NOT NULL DEFAULT now(),
  offsets_set_at timestamptz, sink_server text);
ALTER TABLE ${RECOVERY_SCHEMA}.marker ADD COLUMN IF NOT EXISTS sink_server text;
`;

/**
 * How far the recovered database is; each phase is reached once, in this order. restored: the baseline
 * is in, checked, jobs unscheduled · rebuilt: the first rounds of replay are proven, the aggregate
 * refreshed, maintenance done · proven: the last catch-up at the frozen ends balances, marker written ·
 * live: it holds the live name.
 */
export const RECOVERY_PHASES = ['restored', 'rebuilt', 'proven', 'live'] as const;
export type RecoveryPhase = (typeof RECOVERY_PHASES)[number];

/**
 * Makes the schema, or what a later version has added to it. Event triggers of the database are for its
 * users' DDL and may refuse it: they are passed over where that can be said (PostgreSQL 17, a
 * superuser), and only here, since TimescaleDB keeps its catalog by event triggers of its own.
 */
export async function createRecoverySchema(session: Session): Promise<void> {
  const { rowCount } = await session.query(
    `SELECT set_config('event_triggers', 'off', false)
     WHERE current_setting('event_triggers', true) = 'on' AND current_setting('is_superuser')::bool`,
  );
  await session.query(RECOVERY_SCHEMA_SQL);
  if (rowCount === 1) await session.query('RESET event_triggers');
}
