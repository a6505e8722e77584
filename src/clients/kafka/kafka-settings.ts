import type { ClientCertificate } from '../client-certificate.ts';

/** Where Kafka is, and how to log in. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  readonly sasl: SaslSettings | undefined;
  /** For brokers that ask for one (`ssl.client.auth`); only with TLS. */
  readonly clientCertificate?: ClientCertificate;
}

export type SaslSettings =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  /** Amazon MSK: tokens signed with the role's credentials. */
  | { readonly mechanism: 'aws-msk-iam'; readonly region: string };

/** What brokers see in their logs and quotas, whichever client asks. */
export const CLIENT_ID = 'msr-recovery';

/** How long a broker may take to accept a connection, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** What both clients hand over to Node's TLS. */
export function tlsOf({ clientCertificate }: KafkaSettings): {
  readonly cert?: string;
  readonly key?: string;
} {
  return clientCertificate === undefined
    ? {}
    : { cert: clientCertificate.certificate, key: clientCertificate.key };
}
