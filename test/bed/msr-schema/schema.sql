-- Schema msr, as production has it, but for what the TimescaleDB editions differ in: aggregate-*.sql.
CREATE SCHEMA msr;

CREATE TABLE msr.cdc_event (
  entity_id       text,
  entity_state    jsonb,
  op              char(1),
  event_timestamp timestamptz NOT NULL,
  table_name      text
);
SELECT create_hypertable(
  'msr.cdc_event', by_range('event_timestamp', INTERVAL '1 hour'), create_default_indexes => false);
CREATE INDEX cdc_event_entity_idx ON msr.cdc_event (entity_id, table_name, event_timestamp DESC);
CREATE INDEX cdc_event_time_idx ON msr.cdc_event (event_timestamp, entity_id);

-- The oldest replayable state of every entity: one of the two is live, maintenance rebuilds the other.
CREATE TABLE msr.earliest_snapshot_a (
  entity_id     text NOT NULL,
  table_name    text NOT NULL,
  entity_state  jsonb,
  snapshot_time timestamptz NOT NULL,
  PRIMARY KEY (entity_id, table_name)
);
CREATE TABLE msr.earliest_snapshot_b (LIKE msr.earliest_snapshot_a INCLUDING ALL);

CREATE TABLE msr.snapshot_pointer (
  id               int PRIMARY KEY CHECK (id = 1),
  current_snapshot char(1) NOT NULL CHECK (current_snapshot IN ('A', 'B')),
  last_refresh     timestamptz,
  cutoff_time      timestamptz
);
INSERT INTO msr.snapshot_pointer VALUES (1, 'A', NULL, NULL);

CREATE VIEW msr.current_earliest_snapshot AS
  SELECT * FROM msr.earliest_snapshot_a
  WHERE (SELECT current_snapshot FROM msr.snapshot_pointer WHERE id = 1) = 'A'
  UNION ALL
  SELECT * FROM msr.earliest_snapshot_b
  WHERE (SELECT current_snapshot FROM msr.snapshot_pointer WHERE id = 1) = 'B';

CREATE TABLE msr.configuration (
  config_key  text PRIMARY KEY,
  value       text,
  config_type text NOT NULL
);
INSERT INTO msr.configuration VALUES
  ('MAX_PLAYBACK_RANGE', '7', 'INTEGER'),
  ('MAX_ACTIVE_SESSIONS', '5', 'INTEGER'),
  ('DATA_RETENTION_CRON_EXPRESSION', '0 3 * * *', 'STRING'),
  ('EARLIEST_VALID_TIMESTAMP', NULL, 'TIMESTAMP'),
  ('QUERY_WORK_MEM_MB', '256', 'INTEGER'),
  ('COLUMNSTORE_COMPRESSION_AGE_DAYS', '1', 'INTEGER'),
  ('CAGG_REFRESH_INTERVAL_HOURS', '1', 'INTEGER'),
  ('CAGG_REFRESH_LAG_DAYS', '1', 'INTEGER');

CREATE TABLE msr.session (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id      text NOT NULL,
  tenant_id    text NOT NULL,
  status       text NOT NULL,
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_by   text NOT NULL,
  updated_at   timestamptz NOT NULL DEFAULT now(),
  occ_lock     int NOT NULL DEFAULT 0
);
INSERT INTO msr.session (user_id, tenant_id, status, created_by, updated_by)
SELECT 'user-' || n, 'tenant-' || n % 2, CASE WHEN n % 3 = 0 THEN 'TERMINATED' ELSE 'ACTIVE' END,
       'user-' || n, 'user-' || n
FROM generate_series(1, 5) AS n;

-- A setting of MSR as a number; fails where it is missing rather than computing with null.
CREATE FUNCTION msr.setting(key text) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE
  setting int;
BEGIN
  SELECT value::int INTO STRICT setting FROM msr.configuration WHERE config_key = key;
  RETURN setting;
END $$;
