import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { offsetsOf, type SinkHistory, type SinkPeriod } from '../../sink/sink-history.ts';

/** A configuration of the sink, between two changes. */
export interface Configured {
  readonly hash: string;
  /** undefined: nobody has kept it. */
  readonly configuration: Readonly<Record<string, string>> | undefined;
  readonly kind: 'of the backup' | 'between' | 'of today';
}

/** A change of the sink since the backup, as far as health runs have seen when. */
export interface SinkChangeSeen {
  readonly from: Configured;
  readonly to: Configured;
  /** Everything before was read by `from` or earlier. */
  readonly lower: Offsets;
  /** Everything from there on was read by `to` or later. */
  readonly upper: Offsets;
  /** The last run that saw `from`, and the first that saw `to`; undefined: none did since the backup. */
  readonly lastSeen: string | undefined;
  readonly firstSeen: string | undefined;
}

export interface CourseQuestion {
  readonly atCut: Pick<Configured, 'hash' | 'configuration'>;
  readonly today: Pick<Configured, 'hash' | 'configuration'>;
  readonly history: SinkHistory | undefined;
  /** Where the replay begins, and where the log ends; asked after today's configuration. */
  readonly start: Offsets;
  readonly logEnd: Offsets;
  /** Ids of the topics as they are now: offsets of another topic by that name mean nothing. */
  readonly ids: ReadonlyMap<string, string | null>;
}

interface Stretch extends Configured {
  /** Everything from there on was read by it or later ones. */
  readonly begun: Offsets | undefined;
  /** Everything before was read by it or earlier ones. */
  readonly read: Offsets | undefined;
  readonly firstSeen?: string;
  readonly lastSeen?: string;
}

/**
 * The changes of the sink since the cut, oldest first; none: today's configuration has read everything since.
 * What comes first is told by offsets, no two clocks are compared. Pure.
 */
export function sinkChangesSince(question: CourseQuestion): SinkChangeSeen[] {
  const { atCut, today, start, logEnd } = question;
  const seen = periodsSince(question).map((period) => stretchOf(period, question));
  const cut: Stretch = { ...atCut, kind: 'of the backup', begun: start, read: start };
  const now: Stretch = { ...today, kind: 'of today', begun: logEnd, read: logEnd };
  const all = [cut, ...seen, now].reduce<Stretch[]>(joined, []);
  return all.slice(1).map((to, at) => {
    const from = all[at] ?? cut;
    const lower = within(start, from.read, { start, logEnd }, 'start');
    return {
      ...{ from, to, lower },
      upper: within(lower, to.begun, { start, logEnd }, 'end'),
      ...{ lastSeen: from.lastSeen, firstSeen: to.firstSeen },
    };
  });
}

/** Neighbours of the same rules are one. */
function joined(list: Stretch[], next: Stretch): Stretch[] {
  const last = list.at(-1);
  if (last?.hash !== next.hash) return [...list, next];
  const lastSeen = next.lastSeen ?? last.lastSeen;
  const firstSeen = last.firstSeen ?? next.firstSeen;
  const both: Stretch = {
    ...last,
    // What the backup has is kept with it.
    kind: last.kind === 'between' ? next.kind : last.kind,
    read: next.read,
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(firstSeen === undefined ? {} : { firstSeen }),
  };
  return [...list.slice(0, -1), both];
}

/**
 * The periods since the cut, and the one that it lies in. One that began not after it, and has other rules
 * than the backup, ended before it.
 */
function periodsSince({ history, atCut, start, ids }: CourseQuestion): readonly SinkPeriod[] {
  const periods = history?.periods ?? [];
  const cut = indexOffsets(start);
  const isAfter = ({ first }: SinkPeriod) =>
    offsetsOf(first, 'committed', ids).some((at) => at.offset > (cut.get(partitionKey(at)) ?? at.offset));
  const around = periods.findLastIndex((period) => !isAfter(period));
  return periods.slice(periods[around]?.hash === atCut.hash ? around : around + 1);
}

function stretchOf({ hash, configuration, first, last }: SinkPeriod, { ids }: CourseQuestion): Stretch {
  return {
    ...{ hash, configuration, kind: 'between' as const },
    begun: offsetsOf(first, 'end', ids),
    read: offsetsOf(last, 'committed', ids),
    ...{ firstSeen: first.at, lastSeen: last.at },
  };
}

/**
 * A position for every partition; what nobody has seen lies at the start or at the end of what is to be
 * replayed.
 */
function within(
  least: Offsets,
  seen: Offsets | undefined,
  { start, logEnd }: Pick<CourseQuestion, 'start' | 'logEnd'>,
  otherwise: 'start' | 'end',
): Offsets {
  const [known, ends, lowest] = [seen ?? [], logEnd, least].map(indexOffsets);
  return start.map((at) => {
    const key = partitionKey(at);
    const end = ends?.get(key) ?? at.offset;
    const offset = known?.get(key) ?? (otherwise === 'start' ? at.offset : end);
    return { ...at, offset: Math.max(lowest?.get(key) ?? at.offset, Math.min(offset, end)) };
  });
}
