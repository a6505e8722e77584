import { z } from 'zod';

/** Something that keeps a backup from being restored, named, with what mends it. */
const rehearsalFault = z.object({
  /**
   * backup: it can be restored nowhere, until the live database is mended and backed up anew · server: the
   * server of recoveries lacks something; a plan looks there itself.
   */
  side: z.enum(['backup', 'server']),
  /** The object, as pg_restore or the manifest names it. */
  object: z.string(),
  fact: z.string(),
  remedy: z.string(),
});
export type RehearsalFault = z.infer<typeof rehearsalFault>;

export const rehearsalSchema = z.object({
  outcome: z.enum(['passed', 'failed', 'could not verify']),
  at: z.iso.datetime(),
  /** `host:port` of the server that a recovery would use. */
  server: z.string(),
  /** What it cost: time, and the size of the scratch database at its largest. */
  seconds: z.number().nonnegative(),
  bytes: z.int().nonnegative(),
  /** How much of the backup was restored and compared. */
  sample: z.object({ chunks: z.int(), events: z.int() }),
  faults: z.array(rehearsalFault),
  /** What an operator should know, and why it could not be verified. */
  remarks: z.array(z.string()),
});
export type Rehearsal = z.infer<typeof rehearsalSchema>;

/** As much of one as is told of it; one that could not be tried has no more. */
export type ToldRehearsal =
  | Rehearsal
  | { readonly outcome: 'could not verify'; readonly remarks: readonly string[] };

/** In one line: how it ended, what it cost, and what to mend. */
export function describeRehearsal(rehearsal: ToldRehearsal): string {
  if (!('server' in rehearsal) || rehearsal.outcome === 'could not verify') {
    return `whether it restores could not be verified: ${rehearsal.remarks.join('; ')}`;
  }
  const { outcome, server, seconds, bytes, sample, faults } = rehearsal;
  const cost = `${seconds.toFixed(1)} s and ${bytes} bytes on ${server}`;
  if (outcome === 'passed') {
    return `a rehearsal restored its schema and ${sample.events} events of ${sample.chunks} chunks: ${cost}`;
  }
  const found = faults.map(({ object, fact, remedy }) => `${object}: ${fact} (${remedy})`);
  return `its rehearsal FAILED: ${found.join('; ')}; it cost ${cost}`;
}
