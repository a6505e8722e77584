import type { KafkaConfig, SASLOptions } from 'kafkajs';
import { logLevel } from 'kafkajs';
import {
  CLIENT_ID,
  CONNECT_TIMEOUT_MS,
  type KafkaSettings,
  type SaslSettings,
  tlsOf,
} from '../kafka-settings.ts';
import { mskToken } from '../msk-token.ts';

const REQUEST_TIMEOUT_MS = 15_000;

/**
 * How kafkajs reaches the brokers. Its log is off: what an operator must know
 * arrives as an error with a HINT.
 */
export function kafkajsConfig(kafka: KafkaSettings): KafkaConfig {
  return {
    clientId: CLIENT_ID,
    brokers: [...kafka.brokers],
    ssl: kafka.ssl && tlsOf(kafka),
    ...(kafka.sasl === undefined ? {} : { sasl: kafkajsSasl(kafka.sasl) }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // About 3 s in all: an election or a coordinator's move passes in that time.
    retry: { retries: 5, initialRetryTime: 100 },
    logLevel: logLevel.NOTHING,
  };
}

function kafkajsSasl(sasl: SaslSettings): SASLOptions {
  if (sasl.mechanism !== 'aws-msk-iam') return { ...sasl } as SASLOptions;
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: await mskToken(sasl.region) }),
  };
}
