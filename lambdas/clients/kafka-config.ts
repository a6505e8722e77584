import type { BaseOptions } from '@platformatic/kafka';
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import { logLevel } from 'kafkajs';
import type { KafkaSettings } from '../settings.ts';

/** How long a broker may take to accept a connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

const REQUEST_TIMEOUT_MS = 15_000;

/** For kafkajs, which administers. Its log is off: what an operator must know arrives as an error with a HINT. */
export function kafkajsConfig(kafka: KafkaSettings): KafkaConfig {
  return {
    clientId: 'msr-recovery',
    brokers: [...kafka.brokers],
    ssl: kafka.ssl,
    ...(kafka.sasl === undefined ? {} : { sasl: { ...kafka.sasl } as SASLOptions }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // About 3 s in all: an election or a coordinator's move passes in that time.
    retry: { retries: 5, initialRetryTime: 100 },
    logLevel: logLevel.NOTHING,
  };
}

/** For @platformatic/kafka, which fetches. */
export function platformaticOptions(kafka: KafkaSettings): BaseOptions {
  return {
    clientId: 'msr-recovery',
    bootstrapBrokers: [...kafka.brokers],
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(kafka.ssl ? { tls: {} } : {}),
    ...(kafka.sasl === undefined ? {} : { sasl: platformaticSasl(kafka.sasl) }),
  };
}

function platformaticSasl({ mechanism, username, password }: NonNullable<KafkaSettings['sasl']>) {
  const names = {
    plain: 'PLAIN',
    'scram-sha-256': 'SCRAM-SHA-256',
    'scram-sha-512': 'SCRAM-SHA-512',
  } as const;
  return { mechanism: names[mechanism], username, password };
}
