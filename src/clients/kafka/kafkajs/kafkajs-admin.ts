import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, AssignerProtocol } from 'kafkajs';
import { type Offsets, type PartitionOffset, parseOffset, sortOffsets } from '../../../core/offsets.ts';
import { asking, connectError, KafkaAdminError } from '../kafka-admin-error.ts';
import { GROUP_STATES, type GroupState } from '../kafka-groups.ts';
import type { KafkaSettings } from '../kafka-settings.ts';
import { idleKafkajs } from './idle-kafkajs.ts';
import { kafkajsConfig } from './kafkajs-client.ts';

/** A seed that drops packets must not keep an operator waiting, however many there are. */
const OPEN_DEADLINE_MS = 10_000;

/** @throws KafkaAdminError for an unreachable broker or refused credentials, after 10 s at most */
export async function openKafkajsAdmin(kafka: KafkaSettings): Promise<Admin> {
  const admin = idleKafkajs(kafkajsConfig(kafka)).admin();
  const deadline = new AbortController();
  try {
    await Promise.race([
      admin.connect(),
      delay(OPEN_DEADLINE_MS, undefined, { signal: deadline.signal }).then(() => {
        throw new Error(`no broker answered within ${OPEN_DEADLINE_MS / 1000} s`);
      }),
    ]);
  } catch (cause) {
    // It may still be trying; what it finds then nobody waits for.
    admin.disconnect().catch(() => {});
    throw connectError(kafka, cause);
  } finally {
    deadline.abort();
  }
  return admin;
}

/** The log's first offset, or the one that the next record gets, of every partition. */
export async function watermarks(
  admin: Admin,
  topics: readonly string[],
  which: 'low' | 'high',
): Promise<Offsets> {
  const lists = await Promise.all(
    topics.map(async (topic): Promise<PartitionOffset[]> => {
      const partitions = await asking(`the ends of ${topic}`, () => admin.fetchTopicOffsets(topic));
      return partitions.map((entry) => ({
        topic,
        partition: entry.partition,
        offset: parseOffset(entry[which]),
      }));
    }),
  );
  return sortOffsets(lists.flat());
}

/** Where each partition stood at a time; its end where nothing came later. */
export async function offsetsAt(admin: Admin, topics: readonly string[], time: Date): Promise<Offsets> {
  const lists = await Promise.all(
    topics.map(async (topic): Promise<PartitionOffset[]> => {
      const partitions = await asking(`where ${topic} stood at ${time.toISOString()}`, () =>
        admin.fetchTopicOffsetsByTimestamp(topic, time.getTime()),
      );
      return partitions.map(({ partition, offset }) => ({ topic, partition, offset: parseOffset(offset) }));
    }),
  );
  return sortOffsets(lists.flat());
}

/** Sorted; undefined while nobody, or not everybody, knows what is whose. */
export async function groupTopics(admin: Admin, group: string): Promise<readonly string[] | undefined> {
  const { groups } = await admin.describeGroups([group]);
  const [described] = groups;
  if (described === undefined || described.state !== 'Stable' || described.members.length === 0) {
    return undefined;
  }
  const assignments = described.members.map(({ memberAssignment }) =>
    AssignerProtocol.MemberAssignment.decode(memberAssignment),
  );
  return [...new Set(assignments.flatMap((assigned) => Object.keys(assigned?.assignment ?? {})))].sort();
}

/** @throws KafkaAdminError for a group of the new protocol (KIP-848) */
export async function groupState(admin: Admin, group: string): Promise<GroupState> {
  const { groups } = await admin.describeGroups([group]);
  const state = groups[0]?.state;
  if (state === 'Dead') await refuseNewProtocol(admin, group);
  return GROUP_STATES.find((known) => known === state) ?? 'Unknown';
}

/** To DescribeGroups a group of KIP-848 is dead, though it reads; the list of groups has it all the same. */
async function refuseNewProtocol(admin: Admin, group: string): Promise<void> {
  const { groups } = await admin.listGroups();
  if (!groups.some(({ groupId }) => groupId === group)) return;
  throw new KafkaAdminError(`group ${group} uses the new consumer protocol (KIP-848)`, {
    hint: "set group.protocol=classic in the sink's consumer overrides or in its worker: the state of a new one cannot be seen",
  });
}

/** Groups of consumers, sorted: Connect's workers are a group, too, and commit nothing. */
export async function listConsumerGroups(admin: Admin): Promise<string[]> {
  const { groups } = await admin.listGroups();
  return groups
    .filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
    .map(({ groupId }) => groupId)
    .sort();
}

/**
 * Committed offsets; partitions without a commit are absent.
 * @param topics undefined: all that the group has committed in
 */
export async function groupOffsets(
  admin: Admin,
  group: string,
  topics: readonly string[] | undefined,
): Promise<Offsets> {
  const answer = await admin.fetchOffsets({
    groupId: group,
    ...(topics === undefined ? {} : { topics: [...topics] }),
  });
  return sortOffsets(
    answer.flatMap(({ topic, partitions }) =>
      partitions
        // Kafka answers -1 for a partition that was never committed.
        .filter(({ offset }) => offset !== '-1')
        .map(({ partition, offset }) => ({ topic, partition, offset: parseOffset(offset) })),
    ),
  );
}
