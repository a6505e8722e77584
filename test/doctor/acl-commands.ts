import { kafkaClient } from '../bed/kafka.ts';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from './kafkajs-acls.ts';

/**
 * Carries out lines for kafka-acls.sh, which is not among the bed's jars.
 * @throws Error for a line that kafka-acls.sh would not take either
 */
export async function runAclCommands(brokers: readonly string[], lines: readonly string[]): Promise<void> {
  const admin = kafkaClient(brokers).admin();
  await admin.connect();
  try {
    await admin.createAcls({ acl: lines.flatMap(parseLine) });
  } finally {
    await admin.disconnect();
  }
}

const LINE =
  /^kafka-acls\.sh --bootstrap-server \S+(?: --command-config \S+)? --add --allow-principal (User:\S+)((?: --operation \w+)+) --(?:(topic|group) (\S+)|(cluster))$/;

function parseLine(line: string) {
  const match = LINE.exec(line);
  if (match === null) throw new Error(`not a line for kafka-acls.sh: ${line}`);
  const [, principal = '', operations = '', kind = 'cluster', name = 'kafka-cluster'] = match;
  return [...operations.matchAll(/--operation (\w+)/g)].map(([, operation]) => ({
    resourceType: AclResourceTypes[kind as keyof typeof AclResourceTypes],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.literal,
    principal,
    host: '*',
    operation: AclOperationTypes[operation as keyof typeof AclOperationTypes],
    permissionType: AclPermissionTypes.allow,
  }));
}
