import { type Session, withSession } from '../../../clients/postgres.ts';
import { isDatabaseFailure } from '../../../live/live-database.ts';
import type { Assessment } from '../assessment.ts';
import { changedShapes } from './changed-shapes.ts';
import { type DeleteSpike, deleteSpikes, firstSecond } from './delete-spikes.ts';
import { type ActivityBounds, readActivity, readDeletes } from './read-activity.ts';

export type Suspicion = Assessment['suspicions'][number];

/** A plan does not wait for more. */
const CHEAP: ActivityBounds = { hours: 24, binMillis: 4_000, shapeMillis: 6_000 };
/** Where somebody waits for all of it: as far back as MSR replays by default. */
export const EVERYTHING: ActivityBounds = {
  ...{ hours: 7 * 24, binMillis: 4 * 3_600_000, shapeMillis: 4 * 3_600_000 },
};

/** Tables that a plan tells of. */
const SHOWN = 3;

/**
 * What in the live database's newest events looks like a bad deployment, with the moment of its beginning;
 * changes nothing. A database that cannot be read says nothing here.
 */
export async function assessSuspicions(url: string, bounds: ActivityBounds = CHEAP): Promise<Suspicion[]> {
  try {
    return await withSession(url, { purpose: 'assess events' }, (session) =>
      lookForSuspicions(session, bounds),
    );
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    return [];
  }
}

async function lookForSuspicions(session: Session, bounds: ActivityBounds): Promise<Suspicion[]> {
  const activity = await readActivity(session, bounds);
  const spikes = [];
  for (const spike of deleteSpikes(activity.bins).slice(0, SHOWN)) spikes.push(await dated(session, spike));
  const shapes = changedShapes(activity).slice(0, SHOWN);
  return [
    ...spikes,
    ...shapes.map(
      ({ table, at, events, text }): Suspicion => ({ kind: 'shape', table, at, events, usual: 0, text }),
    ),
  ];
}

async function dated(session: Session, spike: DeleteSpike): Promise<Suspicion> {
  const { table, deletes: events, usual, bins } = spike;
  const at = firstSecond(spike, await readDeletes(session, spike));
  const text = `${bins * 5} minutes`;
  return { kind: 'deletes', table, at: new Date(at * 1000).toISOString(), events, usual, text };
}
