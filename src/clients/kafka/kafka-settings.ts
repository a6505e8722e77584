/** Where Kafka is, and how to log in. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  readonly sasl: SaslSettings | undefined;
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
