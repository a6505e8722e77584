import { count } from '../../core/activity.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { replayStart } from '../replay/replay-start.ts';
import type { Moments } from './assess-moments.ts';
import type { Assessment } from './assessment.ts';
import { holdsDamage, withoutBeginning } from './before-damage.ts';
import { hasUntil, type LeaveOut, type OffsetRange, type Skip, skipText, untilText } from './leave-out.ts';

export type LeaveOutOutlook = NonNullable<Assessment['leaveOut']>;

export interface LeaveOutQuestion {
  readonly leaveOut: LeaveOut;
  readonly manifest: Pick<Manifest, 'id' | 'cut' | 'events' | 'digests'>;
  /** undefined: the log could not be asked, which its own assessment tells. */
  readonly moments: Moments | undefined;
}

/** What leaving this out comes to, from this backup on. Pure. */
export function leaveOutOutlook({ leaveOut: asked, manifest, moments }: LeaveOutQuestion): LeaveOutOutlook {
  const { leaveOut, unknown } = withWholeTables(asked, manifest, moments);
  const { certain, told } = heldBy(leaveOut, manifest, moments);
  return {
    ...leaveOut,
    obstacles: [
      ...certain,
      ...unknown,
      ...(moments === undefined
        ? []
        : [...foreignPartitions(leaveOut, moments), ...beyondEnd(leaveOut, moments)]),
    ],
    events: moments === undefined ? null : eventsLeftOut(leaveOut, manifest, moments),
    facts: [...told, ...factsOf(leaveOut, moments)],
  };
}

/** A backup that was named is taken although an event of it bears a later time: its cut decides. */
function heldBy(leaveOut: LeaveOut, manifest: LeaveOutQuestion['manifest'], moments: Moments | undefined) {
  const at = (time: string) => moments?.offsetsAt.get(time);
  const held = holdsDamage(manifest, leaveOut, at);
  const events = { ...manifest.events, latest: null };
  const certain = holdsDamage({ ...manifest, events }, leaveOut, at);
  const text = (why: string) => `the backup ${manifest.id} may hold what is to be left out: ${why}`;
  return {
    certain: certain === undefined ? [] : [text(certain)],
    told: held === undefined || certain !== undefined ? [] : [`${text(held)}; that stays`],
  };
}

/** `geo_entity` means `gis.geo_entity` where that is the only one. */
function withWholeTables(
  leaveOut: LeaveOut,
  { digests }: LeaveOutQuestion['manifest'],
  moments: Moments | undefined,
): { readonly leaveOut: LeaveOut; readonly unknown: readonly string[] } {
  // A topic is named <server>.<schema>.<table>: a table that is younger than the backup is known by it.
  const ofTopics = (moments?.topics ?? []).map(({ name }) => name.split('.').slice(-2).join('.'));
  const known = [...new Set([...digests.map(({ table }) => table), ...ofTopics])].sort();
  const unknown: string[] = [];
  const skips = leaveOut.skips.map((skip) => {
    if (skip.table === undefined || known.includes(skip.table)) return skip;
    const meant = known.filter((table) => table.endsWith(`.${skip.table}`));
    if (meant.length === 1 && meant[0] !== undefined) return { ...skip, table: meant[0] };
    unknown.push(`no event is of the table ${skip.table}: there are ${known.join(', ')}`);
    return skip;
  });
  return { leaveOut: { ...leaveOut, skips }, unknown };
}

function foreignPartitions(leaveOut: LeaveOut, { topics }: Moments): string[] {
  const read = new Set(
    topics.flatMap(({ name, partitions }) =>
      partitions.map((partition) => partitionKey({ topic: name, partition })),
    ),
  );
  const named = [...(leaveOut.untilOffsets ?? []), ...rangesOf(leaveOut)].map(partitionKey);
  const foreign = [...new Set(named)].filter((key) => !read.has(key));
  return foreign.length === 0 ? [] : [`the sink reads no ${foreign.join(', ')}: it reads ${list([...read])}`];
}

function rangesOf({ skips }: LeaveOut): OffsetRange[] {
  return skips.flatMap(({ offsets = [] }) => offsets);
}

const LISTED = 8;

function list(names: readonly string[]): string {
  return names.length <= LISTED
    ? names.join(', ')
    : `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more`;
}

/** What begins beyond the end leaves nothing out: it is a slip of the pen, or of the clock. */
function beyondEnd(leaveOut: LeaveOut, { logEnd, offsetsAt }: Moments): string[] {
  const ends = indexOffsets(logEnd);
  const isBeyond = (begin: Offsets) =>
    begin.length > 0 && begin.every((at) => at.offset >= (ends.get(partitionKey(at)) ?? Infinity));
  const times = [leaveOut.until, ...leaveOut.skips.map(({ from }) => from)].filter((at) => at !== undefined);
  const late = [...new Set(times)].filter((at) => isBeyond(offsetsAt.get(at) ?? []));
  const offsets = [
    ...(leaveOut.untilOffsets ?? []),
    ...rangesOf(leaveOut).map(({ topic, partition, from: offset }) => ({ topic, partition, offset })),
  ].filter((at) => at.offset > (ends.get(partitionKey(at)) ?? Infinity));
  return [
    ...late.map(
      (at) => `Kafka holds no record of ${at} or later: there is nothing to leave out from then on`,
    ),
    ...offsets.map(
      (at) => `${partitionKey(at)} ends at ${ends.get(partitionKey(at))}, before offset ${at.offset}`,
    ),
  ];
}

/** By the records' places in the log; null where only their content tells. */
function eventsLeftOut(
  leaveOut: LeaveOut,
  { cut }: LeaveOutQuestion['manifest'],
  moments: Moments,
): number | null {
  const { until, untilOffsets, after, skips } = leaveOut;
  const start = indexOffsets(replayStart(cut, moments.topics));
  const ends = indexOffsets(moments.logEnd);
  const within = (key: string, from: number, to: number) =>
    Math.max(0, Math.min(to, ends.get(key) ?? 0) - Math.max(from, start.get(key) ?? 0));
  if (hasUntil(leaveOut)) {
    if (after !== 'stop' || skips.length > 0) return null;
    const begin = until === undefined ? untilOffsets : moments.offsetsAt.get(until);
    return (begin ?? []).reduce((sum, at) => sum + within(partitionKey(at), at.offset, Infinity), 0);
  }
  if (!skips.every(isOffsetsAlone)) return null;
  return rangesOf(leaveOut).reduce(
    (sum, range) => sum + within(partitionKey(range), range.from, range.to ?? Infinity),
    0,
  );
}

function isOffsetsAlone({ offsets, ...others }: Skip): boolean {
  return offsets !== undefined && Object.values(others).every((value) => value === undefined);
}

function factsOf(leaveOut: LeaveOut, moments: Moments | undefined): string[] {
  const { after, skips, untilOffsets } = leaveOut;
  const moment = untilText(leaveOut);
  const unnamed =
    untilOffsets === undefined || moments === undefined
      ? []
      : moments.logEnd
          .map(partitionKey)
          .filter((key) => !untilOffsets.some((at) => partitionKey(at) === key));
  return [
    ...(hasUntil(leaveOut) && after === 'stop'
      ? [
          `what comes from ${moment} on, up to the cutover, is set aside; the sink goes on with what comes after it`,
        ]
      : []),
    ...skips.map((skip) => {
      const since = hasUntil(leaveOut) && after === 'continue' ? `, from ${moment} on` : '';
      return `set aside is what meets ${skipText(skip)}${since}; all else is written`;
    }),
    ...(unnamed.length === 0 ? [] : [`${list(unnamed)}: no offset is named, all of it is written`]),
    ...withoutBeginning(leaveOut).map(
      (skip) => `--skip ${skipText(skip)} names no beginning: what the backup holds of it stays`,
    ),
    SET_ASIDE,
  ];
}

const SET_ASIDE =
  'what is set aside is kept with its raw bytes, in the recovered database and as files in the vault: the verdict is `recovered, N set aside`, and the exit code 2';

/** For a plan: how many events, as far as that is known. */
export function leftOutText({ events }: Pick<LeaveOutOutlook, 'events'>): string {
  return events === null ? 'how many events that are only the replay tells' : `about ${count(events)} events`;
}
