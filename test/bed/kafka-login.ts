/** The same broker, for clients that log in by SASL PLAIN. */
export interface KafkaLogin {
  readonly brokers: readonly string[];
  readonly username: string;
  readonly password: string;
  /** A user that may do nothing until a test allows it. */
  readonly restricted: { readonly username: string; readonly password: string };
}

export interface KafkaPorts {
  readonly broker: number;
  /** Where clients log in. */
  readonly sasl: number;
  readonly controller: number;
}
