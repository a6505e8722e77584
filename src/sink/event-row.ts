import type { CanonicalEvent } from '../ledger/digest.ts';

/** A row of msr.cdc_event as the sink would have written it; what the digest hashes and what COPY writes. */
export type EventRow = CanonicalEvent;

/** What becomes of one data record. */
export type Decoded =
  | { readonly kind: 'event'; readonly event: EventRow }
  /** A null value: a sink without keys writes nothing for it. */
  | { readonly kind: 'tombstone' }
  /** Dropped by a transform of the sink's configuration. */
  | { readonly kind: 'filtered' }
  /** No sink can write it, no database can hold it: kept as it is, with the reason. */
  | { readonly kind: 'quarantined'; readonly reason: string };
