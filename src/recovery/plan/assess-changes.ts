import type { KafkaRecord } from '../../clients/kafka/kafka-record.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { withSecretReferences } from '../../sink/connector-references.ts';
import { describeChange, rulesHash, sinkChanges } from '../../sink/sink-changes.ts';
import { parseSinkConfig, type SinkConfig } from '../../sink/sink-config.ts';
import { changeEvidence, rowEvidence } from './change-evidence.ts';
import { someRecords } from './look-at-records.ts';
import { boundaryOffsets, changesSince, configurationAtCut, type ReadingStage } from './reading.ts';
import type { ReadingQuestion, ReadingTools, SinkStage } from './reading-tools.ts';
import { type Configured, type SinkChangeSeen, sinkChangesSince } from './sink-course.ts';

export interface ChangeAssessment {
  readonly stages: readonly ReadingStage[];
  readonly before: readonly SinkStage[];
  readonly faults: readonly string[];
  readonly facts: readonly string[];
}

const NONE: ChangeAssessment = { stages: [], before: [], faults: [], facts: [] };

/**
 * Since when the sink has been as it is. Health runs tell where no record lies between what they saw; else
 * the operator names the time, with the evidence before them.
 * @param sink as it is today
 */
export async function assessChanges(
  question: ReadingQuestion,
  tools: ReadingTools,
  sink: SinkConfig,
): Promise<ChangeAssessment> {
  const changes = changesOf(question, tools);
  if (changes.length === 0) return NONE;
  const what = describeChanges(changes);
  const older = before(changes, question);
  if (older !== undefined) {
    const fact = `${what}; it was changed before the backup (${older}), so that every record is read by today's`;
    return { ...NONE, stages: [{ at: older, offsets: [] }], facts: [fact] };
  }
  const scene = { question, tools, sink, what };
  const windows: Window[] = [];
  for (const change of changes) {
    windows.push({ change, records: await someRecords(tools, change.lower, change.upper) });
  }
  const open = windows.filter(({ records }) => records.length > 0);
  const named = question.changedAt.length;
  if (named < open.length) return await toBeNamed(scene, open);
  if (named > open.length && open.length > 0) {
    const fault = `${what}. ${named} times were named, and ${open.length} of the changes lack one: name one for each of those`;
    return { ...NONE, faults: [fault] };
  }
  return await staged(scene, windows);
}

/** What is known of a change, and the first records of which nobody knows who read them. */
interface Window {
  readonly change: SinkChangeSeen;
  readonly records: readonly KafkaRecord[];
}

interface Scene {
  readonly question: ReadingQuestion;
  readonly tools: ReadingTools;
  readonly sink: SinkConfig;
  readonly what: string;
}

function changesOf(question: ReadingQuestion, tools: ReadingTools): SinkChangeSeen[] {
  const { manifest, configuration, sink, history } = question;
  const today = withSecretReferences(sink.connector, configuration);
  const then = configurationAtCut(manifest);
  const hash = rulesHash(today);
  const isSame = changesSince(manifest, configuration).length === 0;
  return sinkChangesSince({
    atCut: { hash: isSame ? hash : then === undefined ? '' : rulesHash(then), configuration: then },
    today: { hash, configuration: today },
    // Another connector's offsets are another group's.
    history: manifest.sink.connector === sink.connector ? history : undefined,
    ...{ start: tools.start, logEnd: tools.logEnd, ids: tools.ids },
  });
}

/** One change that nobody has seen, and of which the operator says that it was before the backup. */
function before(
  changes: readonly SinkChangeSeen[],
  { changedAt, manifest }: ReadingQuestion,
): string | undefined {
  const [at, ...others] = changedAt;
  if (at === undefined || others.length > 0 || changes.length > 1) return undefined;
  if (changes[0]?.lastSeen !== undefined || Date.parse(at) > Date.parse(manifest.cut.takenAt))
    return undefined;
  return new Date(at).toISOString();
}

function describeChanges(changes: readonly SinkChangeSeen[]): string {
  const each = changes.map(({ from, to }) =>
    from.configuration === undefined
      ? "the backup does not hold its sink's configuration"
      : sinkChanges(from.configuration, to.configuration ?? {})
          .map(describeChange)
          .join('; '),
  );
  const [only, ...others] = each;
  if (others.length === 0) return `the sink's configuration has changed since the backup: ${only}`;
  return `the sink's configuration has changed ${each.length} times since the backup: first ${each.join('; then ')}`;
}

async function toBeNamed(scene: Scene, open: readonly Window[]): Promise<ChangeAssessment> {
  const { what, question } = scene;
  const evidence: string[] = [];
  for (const window of open) evidence.push(await evidenceOf(scene, window));
  const times = open.map(() => '--sink-changed-at <time>').join(' ');
  const how = `Name the time of ${open.length === 1 ? 'the change' : 'each of these changes'}: \`msr recover ${times}\` (sinkChangedAt of the input). Records before it are read by the configuration before the change, later ones by the one after it`;
  const faults = open.flatMap(({ change }) => {
    const { fault } = sinkOf(change.from, question, scene.sink);
    return fault === '' ? [] : [fault];
  });
  return { ...NONE, faults: [[what, ...evidence, ...faults, how].join('. ')] };
}

/** What health runs, the log and the live rows say of one change. */
async function evidenceOf(scene: Scene, { change, records }: Window): Promise<string> {
  const { question, tools } = scene;
  const sinks = {
    before: sinkOf(change.from, question, scene.sink).sink,
    after: sinkOf(change.to, question, scene.sink).sink ?? scene.sink,
  };
  const seen = seenText(change);
  if (seen === undefined) return await changeEvidence(question, tools, sinks);
  const rows = await rowEvidence(question, sinks, async () => [{ which: 'their first', records }]);
  return `${seen}: of the records in between (${ranges(change)}) nobody knows who read them. ${rows}`;
}

/** undefined: no health run has seen anything of it. */
function seenText({ lastSeen, firstSeen }: SinkChangeSeen): string | undefined {
  if (lastSeen === undefined && firstSeen === undefined) return undefined;
  const last = lastSeen === undefined ? 'Since the backup no health run' : `At ${lastSeen} a health run last`;
  const first =
    firstSeen === undefined ? 'none has seen it after' : `the first that saw it after is of ${firstSeen}`;
  return `${last} saw the sink as it was before the change, and ${first}`;
}

function ranges({ lower, upper }: Pick<SinkChangeSeen, 'lower' | 'upper'>): string {
  const ends = indexOffsets(upper);
  return lower
    .flatMap((at) => {
      const end = ends.get(partitionKey(at)) ?? at.offset;
      return end > at.offset ? [`${partitionKey(at)} from ${at.offset} to ${end}`] : [];
    })
    .join(', ');
}

async function staged(scene: Scene, windows: readonly Window[]): Promise<ChangeAssessment> {
  const { question, sink, what } = scene;
  const times = [...question.changedAt];
  let [stages, stand]: [readonly ReadingStage[], readonly SinkStage[]] = [[], []];
  const [faults, facts]: [string[], string[]] = [[], [what]];
  for (const { change, records } of windows) {
    const at = records.length === 0 ? undefined : times.shift();
    const stage = await stageOf(scene, change, at, stand.at(-1)?.until ?? []);
    const reader = sinkOf(change.from, question, sink);
    if (reader.sink === undefined) faults.push(`${what}. ${reader.fault}`);
    else stand = [...stand, { sink: reader.sink, until: stage.offsets }];
    stages = [...stages, stage];
    facts.push(stageText(change, at, stage.offsets));
  }
  if (faults.length > 0) return { ...NONE, faults };
  const unused = times.length === 0 ? [] : [`the time that was named, ${times.join(', ')}, is not needed`];
  return { stages, before: stand, faults: [], facts: [[...facts, ...unused].join('; ')] };
}

/**
 * @param named the time, in the operator's words; undefined: the runs tell it
 * @param least where the change before it lies
 */
async function stageOf(
  { question, tools }: Scene,
  { from, lower, upper, firstSeen }: SinkChangeSeen,
  named: string | undefined,
  least: Offsets,
): Promise<ReadingStage> {
  const by = from.kind === 'of the backup' ? {} : { by: from.hash };
  const known = new Set(question.manifest.cut.topics.map(({ name }) => name));
  const own = (offsets: Offsets) =>
    offsets.filter(({ topic }) => from.kind !== 'of the backup' || known.has(topic));
  if (named === undefined) {
    const at = firstSeen ?? question.manifest.cut.takenAt;
    return { at, offsets: [...own(notBefore(lower, least))], ...by, seen: true };
  }
  const at = new Date(named).toISOString();
  const topics = [...new Set(tools.start.map(({ topic }) => topic))];
  const given = boundaryOffsets(question.manifest.cut, await tools.admin.offsetsAt(topics, new Date(at)));
  return { at, offsets: [...own(notBefore(between(given, lower, upper), least))], ...by };
}

/** What was seen stands, whatever time was named. */
function between(offsets: Offsets, lower: Offsets, upper: Offsets): Offsets {
  const [least, most] = [indexOffsets(lower), indexOffsets(upper)];
  return offsets.map((at) => {
    const key = partitionKey(at);
    const offset = Math.min(Math.max(at.offset, least.get(key) ?? at.offset), most.get(key) ?? at.offset);
    return { ...at, offset };
  });
}

function notBefore(offsets: Offsets, least: Offsets): Offsets {
  const known = indexOffsets(least);
  return offsets.map((at) => ({ ...at, offset: Math.max(at.offset, known.get(partitionKey(at)) ?? 0) }));
}

function stageText(change: SinkChangeSeen, named: string | undefined, until: Offsets): string {
  const { from, to } = change;
  const read = until
    .map(({ topic, partition, offset }) => `${topic}-${partition} up to ${offset}`)
    .join(', ');
  const [one, other] = [NAMES[from.kind], NAMES[to.kind]];
  if (named !== undefined) {
    const at = new Date(named).toISOString();
    return `records before ${at} are read by ${one}, later ones by ${other}: ${read}`;
  }
  const seen = seenText(change) ?? 'no health run has seen when it was changed';
  return `${seen}, and no record lies between: ${one} reads ${read}, ${other} what follows`;
}

const NAMES: Readonly<Record<Configured['kind'], string>> = {
  'of the backup': "the backup's",
  between: 'the one between',
  'of today': "today's",
};

/** The sink as it was, or why nobody can read as it did. */
function sinkOf(
  { configuration, kind }: Configured,
  { manifest, settings }: ReadingQuestion,
  { isolation, isolationKnown }: SinkConfig,
): { readonly sink?: SinkConfig; readonly fault: string } {
  if (configuration === undefined) {
    return {
      fault: 'Where it was changed before the backup, a time before that makes today’s hold for every record',
    };
  }
  try {
    const worker = { isolation: settings.sinkIsolation ?? (isolationKnown ? isolation : undefined) };
    return { sink: parseSinkConfig(manifest.sink.connector, configuration, worker), fault: '' };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const whose = kind === 'of the backup' ? 'That of the backup' : 'The one between';
    return { fault: `${whose} is not understood: ${error.message}` };
  }
}
