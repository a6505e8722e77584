import { sinkServerOf } from '../clients/jdbc-url.ts';
import { OperatorError } from '../core/operator-error.ts';
import { poll } from '../core/poll.ts';
import { localProbe, processFate } from '../core/process-identity.ts';
import { readLiveDatabase } from '../live/live-database.ts';
import { isOneServer } from '../live/live-server.ts';
import { pointsSinkElsewhere } from '../live/marker.ts';
import { deleteFreeze, type FreezeRecord, newFreezeRecord, readFreeze } from './freeze-record.ts';
import { type ResumeDeps, resumeSink } from './resume.ts';

/** How long an owner or its guardian is left to end a freeze before it counts as abandoned. */
const GUARDIAN_GRACE_MS = 15_000;

/**
 * Ends what an earlier process left: a freeze whose owner has died (its guardian, too), or a database that
 * was cut over and whose offsets were never set. The caller holds the lock of all operations, so an owner on
 * another machine, which cannot be seen from here, has lost it.
 * @throws OperatorError where the owner lives on this machine, and what the rule throws
 */
export async function recoverStaleFreeze(
  deps: ResumeDeps,
  connector: string,
  { guardianGraceMs = GUARDIAN_GRACE_MS }: { readonly guardianGraceMs?: number } = {},
): Promise<void> {
  const stale = await abandonedFreeze(deps, connector, guardianGraceMs);
  if (stale !== undefined) {
    deps.progress.note(
      `${connector} was left frozen by ${stale.owner} (${stale.purpose}) at ${stale.startedAt}`,
    );
    await resumeSink(deps, stale);
    await deleteFreeze(deps.vault, stale);
    return;
  }
  await setForgottenMarker(deps, connector);
}

async function abandonedFreeze(
  deps: ResumeDeps,
  connector: string,
  graceMs: number,
): Promise<FreezeRecord | undefined> {
  const first = await readFreeze(deps.vault, connector);
  if (first === undefined) return undefined;
  const { record } = first;
  const fate = processFate(record.process, localProbe);
  // This very process could not resume it a moment ago, and its guardian waits for its end.
  if (fate === 'alive' && record.process.pid === process.pid) return record;
  // A dead owner's guardian is at work now, or will never be; a living one may be about to end.
  const gone = await poll(
    async () => ((await readFreeze(deps.vault, connector))?.record.id === record.id ? undefined : true),
    { deadlineMs: graceMs, intervalMs: 100 },
  );
  if (gone) return undefined;
  if (processFate(record.process, localProbe) === 'alive') throw frozenByLiving(record);
  return (await readFreeze(deps.vault, connector))?.record;
}

function frozenByLiving({ connector, owner, purpose, process: { pid }, startedAt }: FreezeRecord) {
  return new OperatorError(
    `${connector} is frozen since ${startedAt} by the ${purpose} ${owner} (process ${pid})`,
    { hint: `wait until process ${pid} ends; the sink is then resumed by itself` },
  );
}

/**
 * The freeze record is gone (a vault that was lost or changed), but the database still waits for its offsets.
 * Not where the sink feeds another server and the environment names this one alone: then an undo to it has
 * failed, and whoever begins anything is told so (fed-database.ts).
 */
async function setForgottenMarker(deps: ResumeDeps, connector: string): Promise<void> {
  const live = await readLiveDatabase(deps.settings);
  if (live.kind !== 'readable' || live.marker?.state !== 'pending') return;
  const { recoveryId } = live.marker;
  const fed = sinkServerOf(await deps.connect.config(connector));
  if (pointsSinkElsewhere(live.marker, fed) && (await isOneServer(deps.settings))) return;
  deps.progress.note(`the live database waits for its offsets since recovery ${recoveryId}`);
  const found = 'STOPPED';
  await resumeSink(deps, newFreezeRecord({ connector, purpose: 'cutover', owner: recoveryId, found }));
}
