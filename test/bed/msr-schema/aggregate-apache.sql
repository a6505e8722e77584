-- The stand-in for the continuous aggregate, which the Apache edition does not have: a plain view with the same
-- columns. The real aggregate keeps a day's row after maintenance has dropped the day's chunks; a view cannot,
-- so the live snapshot, which is what is left of those days, stands in for them, at the cutoff it was built for.
CREATE VIEW msr.entity_last_states AS
SELECT entity_id,
       table_name,
       time_bucket(INTERVAL '1 day', event_timestamp) + INTERVAL '1 day' AS snapshot_time,
       last(entity_state, event_timestamp) AS entity_state,
       last(op, event_timestamp) AS op
FROM msr.cdc_event
GROUP BY entity_id, table_name, time_bucket(INTERVAL '1 day', event_timestamp)
UNION ALL
SELECT entity_id, table_name, snapshot_time, entity_state, 'r' FROM msr.current_earliest_snapshot;
