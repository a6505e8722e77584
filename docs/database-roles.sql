-- The database roles that MSR Recovery logs in with, each with the least that its work needs. Run it with psql 15 or
-- later, as a superuser, IN THE MSR DATABASE; it can be run again at any time:
--
--   export MSR_BACKUP_PASSWORD=…  MSR_RECOVERY_PASSWORD=…
--   psql -d postgres://postgres@db:5432/msr -f docs/database-roles.sql
--
-- Passwords are taken from the environment, since everyone on the machine sees a program's arguments. Without
-- MSR_RECOVERY_PASSWORD the recovery role is left out. Other names: -v backup=… -v recovery=…
\set ON_ERROR_STOP on
\getenv backup_password MSR_BACKUP_PASSWORD
\getenv recovery_password MSR_RECOVERY_PASSWORD
\if :{?backup_password}
\else
  DO $$ BEGIN RAISE EXCEPTION 'MSR_BACKUP_PASSWORD is not set: nothing was done'; END $$;
\endif
\if :{?backup}
\else
  \set backup msr_backup
\endif
\if :{?recovery}
\else
  \set recovery msr_recovery
\endif

-- Backups, `msr validate`, `msr doctor`, and the assessment before a recovery: MSR_DATABASE_URL.
SELECT format('CREATE ROLE %I LOGIN', :'backup')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'backup') \gexec
ALTER ROLE :"backup" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'backup_password';

GRANT CONNECT ON DATABASE :"DBNAME" TO :"backup";

-- pg_dump reads every table of every schema, TimescaleDB's internal ones too, whoever adds one later; it fails where
-- it may not. Where the password hashes in pg_authid must stay out of its reach, this is enough for the tables of
-- today: GRANT USAGE ON SCHEMA msr TO msr_backup; GRANT SELECT ON ALL TABLES IN SCHEMA msr TO msr_backup;
-- and the same for each schema that is added.
GRANT pg_read_all_data TO :"backup";

-- Where a table has row level security, a backup must see all of its rows all the same; it is refused otherwise:
--   ALTER ROLE msr_backup BYPASSRLS;

-- LOCK TABLE … IN SHARE MODE, which waits out open inserts at the cut, is a privilege beyond reading. Before
-- PostgreSQL 17 no privilege allows just that: TRUNCATE does, and the role then could empty the table.
SELECT current_setting('server_version_num')::int >= 170000 AS has_maintain \gset
\if :has_maintain
  GRANT MAINTAIN ON msr.cdc_event TO :"backup";
\else
  GRANT TRUNCATE ON msr.cdc_event TO :"backup";
\endif

-- The strategies ebs, kubernetes and hybrid, which snapshot volumes: a CHECKPOINT at the cut puts on disk what the sink
-- has committed. Before PostgreSQL 15 only a superuser may.
SELECT current_setting('server_version_num')::int >= 150000 AS has_checkpoint \gset
\if :has_checkpoint
  GRANT pg_checkpoint TO :"backup";
\endif

-- Recoveries, on the server that they build the new database on: MSR_TARGET_DATABASE_URL. TimescaleDB lets nobody but
-- a superuser load its catalog (timescaledb_pre_restore and _post_restore, COPY into _timescaledb_catalog). Used by
-- recoveries alone; lock it between them, if you like, with ALTER ROLE msr_recovery NOLOGIN.
\if :{?recovery_password}
  SELECT format('CREATE ROLE %I LOGIN', :'recovery')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'recovery') \gexec
  ALTER ROLE :"recovery" LOGIN SUPERUSER PASSWORD :'recovery_password';
\endif
