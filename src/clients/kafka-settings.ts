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
