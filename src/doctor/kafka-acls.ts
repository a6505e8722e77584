/** Who is allowed what; the names of kafka-acls.sh and of Kafka's protocol. */
export interface KafkaAcl {
  readonly resource: 'topic' | 'group' | 'cluster';
  /** The name of the topic or group; the cluster has none. */
  readonly name: string;
  readonly operations: readonly ('Read' | 'Describe' | 'DescribeConfigs' | 'Create')[];
  readonly why: string;
}

export interface AclNames {
  readonly topics: readonly string[];
  /** The sink's group: `connect-cdc-sink-connector`. */
  readonly group: string;
  /** The workers do not set its offsets: Kafka does, asked by us. @default false */
  readonly setsOffsets?: boolean;
}

/**
 * Everything that backups, recoveries and the doctor ask of Kafka while it is there. No record is written:
 * offsets are set by Kafka Connect where its workers can, and records are read by partition and offset,
 * without a consumer group.
 */
export function requiredAcls({ topics, group, setsOffsets = false }: AclNames): KafkaAcl[] {
  return [
    ...topics.map(
      (name): KafkaAcl => ({
        resource: 'topic',
        name,
        operations: ['Read', 'Describe', 'DescribeConfigs'],
        why: 'the replay reads the events, the plan their offsets, the doctor their retention',
      }),
    ),
    {
      resource: 'group',
      name: group,
      operations: setsOffsets ? ['Read', 'Describe'] : ['Describe'],
      why: "the sink's committed offsets, and whether it has stopped",
    },
  ];
}

/** What a recovery after a loss of Kafka creates topics by, and what measures the disk plan. */
export function optionalAcls({ topics }: AclNames): KafkaAcl[] {
  return [
    ...topics.map(
      (name): KafkaAcl => ({
        resource: 'topic',
        name,
        operations: ['Create'],
        why: 'a recovery after a loss of Kafka creates it anew (it gives the commands otherwise)',
      }),
    ),
    {
      resource: 'cluster',
      name: '',
      operations: ['Describe'],
      why: 'how large the topics are (the disk plan estimates it otherwise)',
    },
  ];
}

/**
 * One kafka-acls.sh command a resource.
 * @param principal `User:msr`
 * @param bootstrap `host:port,…`
 */
export function aclCommands(acls: readonly KafkaAcl[], principal: string, bootstrap: string): string[] {
  return acls.map(({ resource, name, operations }) => {
    const what = resource === 'cluster' ? '--cluster' : `--${resource} ${name}`;
    const allowed = operations.map((operation) => `--operation ${operation}`).join(' ');
    return `kafka-acls.sh --bootstrap-server ${bootstrap} --add --allow-principal ${principal} ${allowed} ${what}`;
  });
}
