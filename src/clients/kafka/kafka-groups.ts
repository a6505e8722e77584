/** States of a classic consumer group; 'Dead' is what Kafka answers for a group that does not exist. */
export const GROUP_STATES = ['Empty', 'Stable', 'PreparingRebalance', 'CompletingRebalance', 'Dead'] as const;

export type GroupState = (typeof GROUP_STATES)[number] | 'Unknown';
