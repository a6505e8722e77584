/**
 * Newest versions by key: Produce, Fetch, ListOffsets, Metadata, OffsetCommit, OffsetFetch, FindCoordinator,
 * DescribeGroups, ListGroups, ApiVersions, DescribeConfigs, DescribeLogDirs. From
 * `single_stage_handler<…, min, max>` in src/v/kafka/server/handlers of redpanda-data/redpanda.
 */
export const REDPANDA_24 = { 0: 7, 1: 11, 2: 4, 3: 8, 8: 7, 9: 7, 10: 3, 15: 4, 16: 2, 18: 3, 32: 2, 35: 1 };
export const REDPANDA_21 = { 0: 7, 1: 11, 2: 3, 3: 7, 8: 7, 9: 4, 10: 2, 15: 4, 16: 2, 18: 3, 32: 2, 35: 1 };

/** The oldest that may do: Fetch before its sessions, and no log directories. */
export const KAFKA_0_11 = { 0: 3, 1: 5, 2: 2, 3: 4, 8: 3, 9: 3, 10: 1, 15: 1, 16: 1, 18: 1, 32: 0, 35: -1 };
