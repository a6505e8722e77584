import type { BaseOptions } from '@platformatic/kafka';
import {
  CLIENT_ID,
  CONNECT_TIMEOUT_MS,
  type KafkaSettings,
  type SaslSettings,
  tlsOf,
} from '../kafka-settings.ts';
import { mskToken } from '../msk-token.ts';

type SaslOptions = NonNullable<BaseOptions['sasl']>;

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;

/** How @platformatic/kafka reaches the brokers. */
export function platformaticOptions(kafka: KafkaSettings): BaseOptions {
  return {
    clientId: CLIENT_ID,
    bootstrapBrokers: [...kafka.brokers],
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(kafka.ssl ? { tls: tlsOf(kafka) } : {}),
    ...(kafka.sasl === undefined ? {} : { sasl: platformaticSasl(kafka.sasl) }),
  };
}

function platformaticSasl(sasl: SaslSettings): SaslOptions {
  if (sasl.mechanism === 'aws-msk-iam') {
    // Asked for each connection, and again before the session that the broker granted ends.
    return { mechanism: 'OAUTHBEARER', token: () => mskToken(sasl.region) };
  }
  const { mechanism, username, password } = sasl;
  return { mechanism: MECHANISMS[mechanism], username, password };
}
