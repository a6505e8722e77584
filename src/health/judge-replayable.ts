import type { TopicDescription } from '../clients/kafka/kafka-topics.ts';
import { indexOffsets, type Offsets, partitionKey } from '../core/offsets.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { compareLog } from '../recovery/plan/compare-log.ts';
import { type JudgeContext, type Judgement, ok, page, ticket } from './judgement.ts';
import { type ReplayableInput, replayableHours } from './replayable.ts';

const PAGE_HOURS = 6;
const TICKET_HOURS = 24;

export interface ReplayableScene extends Omit<ReplayableInput, 'now' | 'takenAt' | 'starts'> {
  readonly backup: { readonly id: string; readonly cut: Pick<Manifest['cut'], 'takenAt' | 'topics'> };
  readonly topics: readonly TopicDescription[];
  /** Where the sink stands. */
  readonly committed: Offsets;
}

/**
 * Whether Kafka still holds every event since the newest good backup, and for how long; and every event
 * that the sink has yet to read. Pure.
 */
export function judgeReplayable(scene: ReplayableScene, ctx: JudgeContext): Judgement {
  const { backup, topics, ends, settings, start } = scene;
  const lost = outOfRange(scene);
  const log = { topics, logStart: ends.start, logEnd: ends.end, retention: settings };
  const { state, facts } = compareLog(backup.cut, start, log, ctx.now.getTime());
  const stranded = state === 'damaged' ? facts : [];
  if (lost.length + stranded.length > 0) {
    const [first = '', ...more] = [...lost, ...stranded];
    return page({
      evidence: [first, ...more.slice(0, 4)],
      ...{ value: 0, threshold: PAGE_HOURS, values: { ReplayableHours: 0 } },
      hint: `take a backup at once (\`msr backup\`): a recovery from ${backup.id} would lose what Kafka no longer holds`,
    });
  }
  const { hours, by } = replayableHours({
    ...scene,
    takenAt: backup.cut.takenAt,
    starts: ctx.previous?.starts ?? [],
    now: ctx.now,
  });
  if (hours === null) return ok(`Kafka holds every event since ${backup.id}, for ever`);
  const fact = `Kafka holds every event since ${backup.id}, for another ${hours.toFixed(1)} h (${by})`;
  const measured = { value: hours, values: { ReplayableHours: hours } };
  const hint = `take a backup now (\`msr backup\`), then raise ${by.startsWith('retention.ms') ? 'retention.ms' : 'retention.bytes'} of the topics (\`msr doctor\` prints the commands)`;
  if (hours < PAGE_HOURS) return page({ evidence: [fact], ...measured, threshold: PAGE_HOURS, hint });
  if (hours < TICKET_HOURS) return ticket({ evidence: [fact], ...measured, threshold: TICKET_HOURS, hint });
  return ok(fact, { ...measured, threshold: TICKET_HOURS });
}

/** Where the sink stands at no record of the log: it goes on elsewhere, or not at all. */
function outOfRange({ committed, ends }: Pick<ReplayableScene, 'committed' | 'ends'>): string[] {
  const [start, end] = [indexOffsets(ends.start), indexOffsets(ends.end)];
  return committed.flatMap(({ topic, partition, offset }) => {
    const key = partitionKey({ topic, partition });
    const [first, last] = [start.get(key), end.get(key)];
    if (first === undefined || last === undefined) return [];
    if (offset < first)
      return [
        `the sink stands at ${offset} in ${key}, whose log begins at ${first}: ${first - offset} records are gone unread`,
      ];
    if (offset > last)
      return [
        `the sink stands at ${offset} in ${key}, which ends at ${last}: the topic was made anew or truncated`,
      ];
    return [];
  });
}
