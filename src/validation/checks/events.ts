import { isoMomentSql } from '../../clients/moment-sql.ts';
import { compareDigests } from '../../ledger/compare-digests.ts';
import { readDigests } from '../../ledger/read-digests.ts';
import { type CheckContext, type Finding, failed, notRun, oneRow, passed, unverified } from '../check.ts';

export interface EventFacts {
  /** undefined: not counted. */
  readonly count: number | undefined;
  /** ISO 8601, or infinity. */
  readonly earliest: string | null;
  readonly latest: string | null;
}

const RANGE_SQL = `${isoMomentSql('earliest')} AS earliest, ${isoMomentSql('latest')} AS latest`;

/** @param expected number of events; undefined: not known */
export function judgeEvents(facts: EventFacts, expected: number | undefined): Finding {
  const { count, earliest, latest } = facts;
  if (count !== undefined && expected !== undefined && count !== expected) {
    return failed(
      `${count} events instead of ${expected}`,
      'look at the ledger: it names the hours that differ',
    );
  }
  if (earliest === null || latest === null) {
    return expected === 0
      ? passed('no events, as expected')
      : unverified(
          'there are no events',
          'wait until the sink has written some, or recover with `msr recover`',
        );
  }
  const counted = count === undefined ? 'events' : `${count} events`;
  return passed(`${counted} from ${earliest} to ${latest}`);
}

/** Full depth reads every state to its end: a damaged value shows only when it is read. */
export async function checkEvents({ session, depth, expected }: CheckContext): Promise<Finding> {
  if (depth === 'structure') {
    const range = await oneRow<Pick<EventFacts, 'earliest' | 'latest'>>(
      session,
      `SELECT ${RANGE_SQL} FROM (
      SELECT min(event_timestamp) AS earliest, max(event_timestamp) AS latest FROM msr.cdc_event) AS events`,
    );
    // Maintenance may have dropped all of them; whether that is right, the counts of the full depth know.
    if (range.earliest === null) return notRun('there are no events to look at');
    return judgeEvents({ count: undefined, ...range }, undefined);
  }
  const { count, ...range } = await oneRow<Pick<EventFacts, 'earliest' | 'latest'> & { count: string }>(
    session,
    `SELECT count, bytes, ${RANGE_SQL} FROM (
       SELECT count(*) AS count, min(event_timestamp) AS earliest, max(event_timestamp) AS latest,
              sum(octet_length(entity_state::text)) AS bytes FROM msr.cdc_event) AS events`,
  );
  return judgeEvents({ count: Number(count), ...range }, expected.events);
}

/** The content of every hour: counts alone do not see a row lost where another was doubled. */
export async function checkDigests({ session, depth, expected }: CheckContext): Promise<Finding> {
  if (expected.digests === undefined) return notRun('nothing to compare with was given');
  if (depth === 'structure') return notRun('left out: it would read every event');
  const differences = compareDigests(expected.digests, await readDigests(session));
  if (differences.length === 0) {
    return passed(`the events of ${expected.digests.length} hours of tables are those expected`);
  }
  const more = differences.length > 3 ? `; and ${differences.length - 3} more` : '';
  return failed(
    `${differences.slice(0, 3).join('; ')}${more}`,
    'events were lost, doubled or changed: do not cut over',
  );
}
