-- The 03:00 maintenance. The oldest replayable moment moves to now − MAX_PLAYBACK_RANGE: the snapshot that is
-- not live is rebuilt for that moment, becomes the live one, and the events before it are dropped.
--
-- The state of an entity at the cutoff comes from the first of three tiers that knows the entity:
--   1 the events up to the cutoff since the last whole day that the aggregate holds before it
--   2 the aggregate's days up to the cutoff
--   3 the old snapshot
-- The old snapshot is the newest knowledge of what came before its own cutoff (those events are gone), so tiers 1
-- and 2 begin there: without that, a second run on one day would prefer the day before to it.
-- Where the aggregate holds no day up to the cutoff, tiers 1 and 2 are empty, the OLD snapshot is copied and the
-- events are dropped all the same. Production's function does so too: whoever calls it after a recovery must
-- first check that such a day exists.
CREATE FUNCTION msr.refresh_earliest_snapshot() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  cutoff     timestamptz := now() - make_interval(days => msr.setting('MAX_PLAYBACK_RANGE'));
  last_day   timestamptz := (SELECT max(snapshot_time) FROM msr.entity_last_states WHERE snapshot_time <= cutoff);
  live       char(1);
  old_cutoff timestamptz;
  old_table  regclass;
  new_table  regclass;
BEGIN
  SELECT current_snapshot, coalesce(cutoff_time, '-infinity') INTO STRICT live, old_cutoff
  FROM msr.snapshot_pointer WHERE id = 1 FOR UPDATE;
  old_table := CASE live WHEN 'A' THEN 'msr.earliest_snapshot_a' ELSE 'msr.earliest_snapshot_b' END;
  new_table := CASE live WHEN 'A' THEN 'msr.earliest_snapshot_b' ELSE 'msr.earliest_snapshot_a' END;

  EXECUTE format('TRUNCATE %s', new_table);
  EXECUTE format($build$
    INSERT INTO %s (entity_id, table_name, entity_state, snapshot_time)
    SELECT entity_id, table_name, entity_state, $1
    FROM (
      SELECT DISTINCT ON (entity_id, table_name) entity_id, table_name, entity_state, op
      FROM (
        SELECT entity_id, table_name, entity_state, op, 1 AS tier, event_timestamp AS at
        FROM msr.cdc_event WHERE event_timestamp >= $2 AND event_timestamp >= $3 AND event_timestamp <= $1
        UNION ALL
        SELECT entity_id, table_name, entity_state, op, 2, snapshot_time
        FROM msr.entity_last_states WHERE snapshot_time > $3 AND snapshot_time <= $1
        UNION ALL
        SELECT entity_id, table_name, entity_state, 'r', 3, snapshot_time FROM %s
      ) AS known
      ORDER BY entity_id, table_name, tier, at DESC
    ) AS latest
    WHERE op IS DISTINCT FROM 'd'
  $build$, new_table, old_table) USING cutoff, last_day, old_cutoff;

  UPDATE msr.snapshot_pointer
  SET current_snapshot = CASE live WHEN 'A' THEN 'B' ELSE 'A' END, last_refresh = now(), cutoff_time = cutoff
  WHERE id = 1;
  UPDATE msr.configuration
  SET value = to_char(cutoff AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  WHERE config_key = 'EARLIEST_VALID_TIMESTAMP';
  PERFORM drop_chunks('msr.cdc_event', older_than => cutoff);

  IF to_regprocedure('msr.recreate_policies()') IS NOT NULL THEN
    PERFORM msr.recreate_policies();
  END IF;
END $$;
