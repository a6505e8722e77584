export type Op = 'c' | 'u' | 'd' | 'r';

/** The payload of a message, as the source connectors write it. */
export interface Payload {
  readonly entity_id: string;
  readonly op: Op;
  /** Milliseconds since 1970. */
  readonly event_timestamp: number;
  readonly table_name: string;
  /** JSON text; the generator puts the event's number into it as `n`. */
  readonly data: string | null;
}
