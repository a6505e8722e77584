-- What only the Community edition has: the continuous aggregate, the columnstore and the policies' jobs.
ALTER TABLE msr.cdc_event SET (
  timescaledb.enable_columnstore,
  timescaledb.segmentby = 'table_name',
  timescaledb.orderby = 'entity_id, event_timestamp DESC');

-- Per entity and UTC day the last state and op; snapshot_time is the day's end, from when on that state holds.
CREATE MATERIALIZED VIEW msr.entity_last_states
WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
SELECT entity_id,
       table_name,
       time_bucket(INTERVAL '1 day', event_timestamp) + INTERVAL '1 day' AS snapshot_time,
       last(entity_state, event_timestamp) AS entity_state,
       last(op, event_timestamp) AS op
FROM msr.cdc_event
GROUP BY entity_id, table_name, time_bucket(INTERVAL '1 day', event_timestamp)
WITH NO DATA;
ALTER MATERIALIZED VIEW msr.entity_last_states SET (
  timescaledb.enable_columnstore,
  timescaledb.segmentby = 'table_name');

-- Makes the policies anew from the configuration, as maintenance does: jobs get new ids and come back
-- scheduled. The aggregate's retention alone is kept where it is right, and with it its job and flag.
CREATE FUNCTION msr.recreate_policies() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  columnstore_age interval := make_interval(days => msr.setting('COLUMNSTORE_COMPRESSION_AGE_DAYS'));
  retention       interval := make_interval(days => msr.setting('MAX_PLAYBACK_RANGE') + 1);
  kept            interval;
BEGIN
  CALL remove_columnstore_policy('msr.cdc_event', if_exists => true);
  CALL add_columnstore_policy('msr.cdc_event', after => columnstore_age);

  CALL remove_columnstore_policy('msr.entity_last_states', if_exists => true);
  PERFORM remove_continuous_aggregate_policy('msr.entity_last_states', if_exists => true);
  PERFORM add_continuous_aggregate_policy('msr.entity_last_states',
    start_offset => NULL,
    end_offset => make_interval(days => msr.setting('CAGG_REFRESH_LAG_DAYS')),
    schedule_interval => make_interval(hours => msr.setting('CAGG_REFRESH_INTERVAL_HOURS')));
  CALL add_columnstore_policy('msr.entity_last_states', after => columnstore_age + INTERVAL '1 day');

  SELECT (j.config ->> 'drop_after')::interval INTO kept
  FROM timescaledb_information.jobs j
  JOIN timescaledb_information.continuous_aggregates a
    ON (a.materialization_hypertable_schema, a.materialization_hypertable_name)
       IN ((j.hypertable_schema, j.hypertable_name))
    OR (a.view_schema, a.view_name) IN ((j.hypertable_schema, j.hypertable_name))
  WHERE j.proc_name = 'policy_retention' AND a.view_schema = 'msr' AND a.view_name = 'entity_last_states';
  IF kept IS DISTINCT FROM retention THEN
    PERFORM remove_retention_policy('msr.entity_last_states', if_exists => true);
    PERFORM add_retention_policy('msr.entity_last_states', drop_after => retention);
  END IF;
END $$;
SELECT msr.recreate_policies();
