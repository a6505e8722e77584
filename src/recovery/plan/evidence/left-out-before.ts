import { z } from 'zod';
import { indexOffsets, type Offsets, offsetsSchema, partitionKey } from '../../../core/offsets.ts';
import type { Manifest } from '../../../manifest/manifest.ts';
import type { Vault } from '../../../vault/vault.ts';
import { readRecoveryDocument } from '../../documents.ts';
import type { Assessment } from '../assessment.ts';
import { courseSchema } from '../course.ts';
import { hasUntil, type LeaveOut, type OffsetRange, type Skip } from '../leave-out.ts';
import { recoveriesWith } from '../recoveries.ts';

type LeftOutBefore = NonNullable<Assessment['leftOutBefore']>;

/** Recoveries that set something aside, of which a plan looks at the newest. */
const MOST = 5;

const planPart = z.object({ course: courseSchema.optional() });
const reportPart = z.object({
  procedure: z.string(),
  outcome: z.string(),
  setAside: z.int().nonnegative().default(0),
});
const ledgerPart = z.object({
  partitions: z.array(offsetsSchema.element.omit({ offset: true }).extend({ end: z.int().nonnegative() })),
});

/**
 * The newest recovery that left something out on purpose and is live, where the backup is from before it: a
 * replay from that one brings the damage back.
 */
export async function findLeftOutBefore(
  vault: Vault,
  manifest: Pick<Manifest, 'cut'>,
): Promise<LeftOutBefore | undefined> {
  for (const id of (await recoveriesWith(vault, 'quarantine')).slice(0, MOST)) {
    const leaveOut = (await readRecoveryDocument(vault, id, 'plan', planPart))?.course?.leaveOut;
    const report = await readRecoveryDocument(vault, id, 'report', reportPart);
    if (leaveOut === undefined || report?.outcome !== 'recovered' || (await isUndone(vault, id))) continue;
    const ends = await endsOf(vault, id);
    if (!isBefore(manifest.cut.offsets, ends)) return undefined;
    return { recoveryId: id, records: report.setAside, leaveOut: leaveOutAgain(leaveOut, ends) };
  }
  return undefined;
}

/** An undo's report is overwritten by that of its redo. */
async function isUndone(vault: Vault, id: string): Promise<boolean> {
  const report = await readRecoveryDocument(vault, id, 'undo-report', reportPart);
  return report?.procedure === 'undo' && report.outcome === 'recovered';
}

/** Where its sink went on; nothing where it has not cut over. */
export async function endsOf(vault: Vault, id: string): Promise<Offsets> {
  const ledger = await readRecoveryDocument(vault, id, 'ledger-cutover', ledgerPart);
  return (ledger?.partitions ?? []).map(({ end: offset, ...partition }) => ({ ...partition, offset }));
}

/** Whether a cut lies before these positions, in some partition. Pure. */
export function isBefore(cut: Offsets, ends: Offsets): boolean {
  const at = indexOffsets(cut);
  return ends.some((end) => (at.get(partitionKey(end)) ?? 0) < end.offset);
}

/** The same records once more, and none of those that came after that recovery. Pure. */
export function leaveOutAgain(leaveOut: LeaveOut, ends: Offsets): LeaveOut {
  const { by, until, untilOffsets, after, skips } = leaveOut;
  const moment: Skip = {
    ...(until === undefined ? {} : { from: until }),
    offsets: rangesTo(ends, untilOffsets),
  };
  const stops = after === 'stop' && hasUntil(leaveOut);
  const named = skips.map((skip) => ({ ...skip, offsets: skip.offsets ?? rangesTo(ends, undefined) }));
  const since =
    stops || !hasUntil(leaveOut) ? {} : { ...(until && { until }), ...(untilOffsets && { untilOffsets }) };
  return { by, ...since, after: 'continue', skips: [...(stops ? [moment] : []), ...named] };
}

function rangesTo(ends: Offsets, begins: Offsets | undefined): OffsetRange[] {
  const first = begins === undefined ? undefined : indexOffsets(begins);
  return ends.flatMap(({ topic, partition, offset: to }) => {
    const from = first === undefined ? 0 : first.get(partitionKey({ topic, partition }));
    return from === undefined || from >= to ? [] : [{ topic, partition, from, to }];
  });
}
