/** Numbers of Kafka's protocol; kafkajs's own constants are not visible to ESM. */
export const AclResourceTypes = { topic: 2, group: 3, cluster: 4 } as const;
export const AclOperationTypes = { Read: 3, Create: 5, Describe: 8, DescribeConfigs: 10 } as const;
export const ResourcePatternTypes = { literal: 3 } as const;
export const AclPermissionTypes = { allow: 3 } as const;
