-- The roles of one MSR, each with the least that its work needs. Also runs in psql, as a superuser:
--   psql -v owner=msr_owner -v sink=msr_sink -v api=msr_api -v backup=msr_backup -v owner_password=… -f roles.sql

-- Owns the database, schema msr and all in it; runs maintenance and, in a recovery, the cutover:
-- CREATEDB and pg_signal_backend are what renaming databases with sessions on them needs.
CREATE ROLE :"owner" LOGIN CREATEDB PASSWORD :'owner_password';
GRANT pg_signal_backend TO :"owner";

-- Kafka Connect's JDBC sink: inserts events.
CREATE ROLE :"sink" LOGIN PASSWORD :'sink_password';

-- The MSR API: reads everything, keeps users' sessions.
CREATE ROLE :"api" LOGIN PASSWORD :'api_password';

-- Backups: pg_dump reads every table of every schema, whoever adds one later, and fails where it may not.
-- pg_read_all_data reads pg_authid too. Where password hashes must stay out of its reach, this is enough for the
-- tables of today (TimescaleDB hands the grants on to chunks): GRANT USAGE ON SCHEMA msr TO :"backup";
-- GRANT SELECT ON ALL TABLES IN SCHEMA msr TO :"backup"; and the same for each schema that is added.
CREATE ROLE :"backup" LOGIN PASSWORD :'backup_password';
GRANT pg_read_all_data TO :"backup";
