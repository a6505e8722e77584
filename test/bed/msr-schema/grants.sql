-- What the roles may do in one MSR database; runs in it as its owner, after schema.sql.
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"sink", :"api", :"backup";

GRANT USAGE ON SCHEMA msr TO :"sink", :"api";
GRANT INSERT ON msr.cdc_event TO :"sink";

GRANT SELECT ON ALL TABLES IN SCHEMA msr TO :"api";
GRANT INSERT, UPDATE, DELETE ON msr.session TO :"api";

-- LOCK TABLE … IN SHARE MODE, which waits out open inserts at the cut, is a privilege beyond reading. Before
-- PostgreSQL 17 there is no MAINTAIN; grant TRUNCATE instead.
GRANT MAINTAIN ON msr.cdc_event TO :"backup";
