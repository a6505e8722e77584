import { kafkaClient } from '../bed/kafka.ts';
import { waitFor } from '../bed/wait.ts';
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
    const acl = lines.flatMap(parseLine);
    await admin.createAcls({ acl });
    // The controller has them; the broker applies its log a moment later.
    await waitFor('the ACLs to be in force', async () => {
      const { resources } = await admin.describeAcls(EVERY_ACL);
      return acl.every(({ resourceName, principal, operation }) =>
        resources
          .filter((resource) => resource.resourceName === resourceName)
          .some(({ acls }) =>
            acls.some((held) => held.principal === principal && held.operation === operation),
          ),
      );
    });
  } finally {
    await admin.disconnect();
  }
}

/** The protocol's ANY. */
const ANY = 1;
const EVERY_ACL = {
  resourceType: ANY,
  resourcePatternType: ANY,
  operation: ANY,
  permissionType: ANY,
};

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
