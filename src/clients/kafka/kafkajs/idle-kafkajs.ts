import { Kafka, type KafkaConfig } from 'kafkajs';

/**
 * The parts of kafkajs 2.2.4 that its types do not tell: network/requestQueue,
 * network/connectionPool, cluster.
 */
interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

interface ConnectionPool {
  readonly pool: ReadonlyArray<{ readonly requestQueue: RequestQueue }>;
}

interface Cluster {
  readonly connectionPoolBuilder: { build(...destination: unknown[]): Promise<ConnectionPool> };
}

type CreateCluster = (options: unknown) => Cluster;

/**
 * A client of kafkajs whose connections rest while nothing waits in their queue. kafkajs 2.2.4 looks at an
 * empty queue, too, after each answer, and sets the timer for `throttledUntil - now`: where no broker
 * throttles that is -1 - now, which Node.js makes 1 ms. So each connection polls a thousand times a second
 * until it closes, and Node.js 24 warns of it on the operator's terminal (tulios/kafkajs#1751; unreleased
 * since 2023). No option ends it. A queue is looked at again when a request joins it and when an answer
 * comes, so an empty one misses nothing.
 */
export function idleKafkajs(config: KafkaConfig): Kafka {
  const kafka = new Kafka(config);
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  // Another version of kafkajs: it may poll, and does its work all the same. A test sees it.
  if (key === undefined) return kafka;
  const createCluster: CreateCluster = Reflect.get(kafka, key);
  Reflect.set(kafka, key, (options: unknown) => restingCluster(createCluster(options)));
  return kafka;
}

function restingCluster(cluster: Cluster): Cluster {
  const builder = cluster.connectionPoolBuilder;
  const build = builder.build.bind(builder);
  builder.build = async (...destination) => {
    const connections = await build(...destination);
    for (const { requestQueue } of connections.pool) letRest(requestQueue);
    return connections;
  };
  return cluster;
}

function letRest(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue);
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule();
  };
}
