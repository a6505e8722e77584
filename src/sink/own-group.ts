import type { ConnectClient } from '../clients/connect.ts';
import { withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import type { KafkaSettings } from '../clients/kafka/kafka-settings.ts';
import { OperatorError } from '../core/operator-error.ts';
import { poll } from '../core/poll.ts';

/** A task is RUNNING a moment before its consumer has joined. */
const JOIN_DEADLINE_MS = 10_000;

/**
 * Where only Kafka tells a sink's offsets, its group must be the right one: while its tasks run it has
 * members.
 * @throws OperatorError where a running sink has none in it
 */
export async function requireOwnGroup(
  { connect, kafka }: { readonly connect: Pick<ConnectClient, 'status'>; readonly kafka: KafkaSettings },
  connector: string,
  group: string,
): Promise<void> {
  const runs = async () => (await connect.status(connector)).tasks.some(({ state }) => state === 'RUNNING');
  if (!(await runs())) return;
  const fits = await withKafkaAdmin(kafka, (admin) =>
    poll(
      async () => {
        if (!(await runs())) return true;
        const members = await admin.groupState(group);
        return members === 'Empty' || members === 'Dead' ? undefined : true;
      },
      { deadlineMs: JOIN_DEADLINE_MS },
    ),
  );
  if (fits) return;
  throw new OperatorError(
    `${connector} is RUNNING, and its group ${group} has no members: its worker names another group`,
    {
      hint: "put the worker's consumer.group.id into the connector's configuration as consumer.override.group.id; nothing was stopped",
    },
  );
}
