import type { BaseOptions } from '@platformatic/kafka';
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import { logLevel } from 'kafkajs';
import type { KafkaSettings, SaslSettings } from './kafka-settings.ts';
import { mskToken } from './msk-token.ts';

/** How long a broker may take to accept a connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

const REQUEST_TIMEOUT_MS = 15_000;

/** For kafkajs, which administers. Its log is off: what an operator must know arrives as an error with a HINT. */
export function kafkajsConfig(kafka: KafkaSettings): KafkaConfig {
  return {
    clientId: 'msr-recovery',
    brokers: [...kafka.brokers],
    ssl: kafka.ssl,
    ...(kafka.sasl === undefined ? {} : { sasl: kafkajsSasl(kafka.sasl) }),
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

type SaslOfPlatformatic = NonNullable<BaseOptions['sasl']>;

const PLATFORMATIC_NAMES = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;

function platformaticSasl(sasl: SaslSettings): SaslOfPlatformatic {
  if (sasl.mechanism === 'aws-msk-iam') {
    // Asked for each connection, and again before the session that the broker granted ends.
    return { mechanism: 'OAUTHBEARER', token: () => mskToken(sasl.region) };
  }
  const { mechanism, username, password } = sasl;
  return { mechanism: PLATFORMATIC_NAMES[mechanism], username, password };
}

function kafkajsSasl(sasl: SaslSettings): SASLOptions {
  if (sasl.mechanism !== 'aws-msk-iam') return { ...sasl } as SASLOptions;
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: await mskToken(sasl.region) }),
  };
}
