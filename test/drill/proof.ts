import type { Msr } from '../bed/msr.ts';

/** What plain SQL says of the final database about every number that Kafka ever acknowledged. */
export interface Proof {
  /** Acknowledged, not held, and not among those that maintenance had to drop. */
  readonly lost: number;
  /** Held more than once: the copies beyond the first. */
  readonly doubled: number;
  /** Predicted to be dropped by maintenance, and gone. */
  readonly predictedGone: number;
  /** Rows whose number nobody produced. */
  readonly unknown: number;
  /** Predicted to be gone, and held. */
  readonly notGone: number;
}

export interface ProofInput {
  /** All numbers from 1 to this one were acknowledged. */
  readonly lastNumber: number;
  /** Numbers from 1 to this one are older than the replay range: maintenance has to drop them. */
  readonly predictedThrough: number;
  /** Numbers that must not be held: left out, or lost for good. @default none */
  readonly gone?: readonly number[];
}

/**
 * Counts over the database that holds the live name. Uses none of the product's code: the numbers are in
 * the events themselves, and generate_series says which ones there must be.
 */
export async function proveByNumbers(
  msr: Msr,
  { lastNumber, predictedThrough, gone = [] }: ProofInput,
): Promise<Proof> {
  return msr.query('api', async (client) => {
    const { rows } = await client.query<Record<keyof Proof, string>>(
      `WITH held AS (
         SELECT (entity_state->>'n')::bigint AS n, count(*) AS copies FROM msr.cdc_event GROUP BY 1
       )
       SELECT count(*) FILTER (WHERE held.n IS NULL AND produced.n > $2 AND NOT produced.n = ANY ($3)) AS lost,
              coalesce(sum(copies - 1) FILTER (WHERE produced.n IS NOT NULL), 0) AS doubled,
              count(*) FILTER (WHERE held.n IS NULL AND produced.n <= $2) AS "predictedGone",
              count(*) FILTER (WHERE produced.n IS NULL) AS unknown,
              count(*) FILTER (WHERE held.n = ANY ($3)) AS "notGone"
       FROM held FULL JOIN generate_series(1, $1::bigint) AS produced(n) ON produced.n = held.n`,
      [lastNumber, predictedThrough, gone],
    );
    const row = rows[0];
    if (row === undefined) throw new Error('the proof returned no row');
    return {
      lost: Number(row.lost),
      doubled: Number(row.doubled),
      predictedGone: Number(row.predictedGone),
      unknown: Number(row.unknown),
      notGone: Number(row.notGone),
    };
  });
}
