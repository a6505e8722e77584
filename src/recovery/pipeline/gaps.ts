import { z } from 'zod';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { ConnectorSecrets } from '../../settings/connector-secrets.ts';
import { isLeftOut, withSecrets } from '../../sink/connector-secrets.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';

/** A topic that a backup describes. */
const topicSchema = z.object({
  name: z.string(),
  partitions: z.int().positive(),
  /** Absent: as the brokers do by themselves. */
  replicas: z.int().positive().optional(),
  /** What was set for the topic itself. */
  config: z.record(z.string(), z.string()),
});

/**
 * own sink: the one that feeds this MSR · sink: another one, which stands still until its own MSR is
 * seen to · source: it runs at once
 */
const connectorKind = z.enum(['source', 'sink', 'own sink']);
export type ConnectorKind = z.infer<typeof connectorKind>;

/** What of the way from the sources to the database is not there any more, and would be created again. */
export const gapsSchema = z.object({
  topics: z.array(topicSchema),
  /** In this order: the own sink is the last, so that its being there says that all is. */
  connectors: z.array(z.object({ name: z.string(), kind: connectorKind })),
  /** Connectors of the backup that Connect lacks beside others that it has: somebody has removed them. */
  leftAlone: z.array(z.string()).default([]),
  /** `connector: key` of every secret that nobody has given. */
  missingSecrets: z.array(z.string()),
  /** Why it cannot be created as it was. */
  obstacles: z.array(z.string()),
});
export type Gaps = z.infer<typeof gapsSchema>;

const NO_GAPS: Gaps = { topics: [], connectors: [], leftAlone: [], missingSecrets: [], obstacles: [] };

/** What is there. */
export interface PipelineNow {
  /** Every topic of the cluster. */
  readonly topics: readonly string[];
  /** The names of the connectors that Connect has. */
  readonly connectors: readonly string[];
  /** Connector classes that its workers have, and what they are. */
  readonly plugins: ReadonlyMap<string, 'source' | 'sink' | undefined>;
  /** Why its workers cannot create a sink that stands still; absent: they can. */
  readonly lacks?: string;
  /** What the present sink reads; undefined: Connect has no such sink. */
  readonly sink: Pick<SinkConfig, 'topics'> | undefined;
  readonly secrets: ConnectorSecrets;
  /** Connectors that a plan has named: these are created, and no others. @default there is no plan yet */
  readonly planned?: readonly string[] | undefined;
}

/**
 * Compares what a backup describes with what is there. Connectors are created only where the own sink is
 * gone, and others than it only where Connect has none at all: then it has lost what it keeps in Kafka. One
 * that alone is missing somebody has removed. Pure.
 * @param connector the own sink's name
 */
export function pipelineGaps(
  manifest: Pick<Manifest, 'cut' | 'connectors'>,
  connector: string,
  now: PipelineNow,
): Gaps {
  const described = manifest.connectors.find(({ name }) => name === connector);
  const sink = now.sink ?? sinkOf(connector, described?.config);
  if (sink === undefined) {
    const why = `Kafka Connect has no ${connector}, and the backup does not describe it`;
    return { ...NO_GAPS, obstacles: [why] };
  }
  const wanted = sinkTopics(sink, [
    ...new Set([...now.topics, ...manifest.cut.topics.map(({ name }) => name)]),
  ]);
  const absent = wanted.filter((name) => !now.topics.includes(name));
  const known = manifest.cut.topics.filter(({ name }) => absent.includes(name));
  const unknown = absent.filter((name) => !known.some((topic) => topic.name === name));
  const lost = now.sink === undefined ? lostConnectors(manifest, connector, now) : NO_GAPS;
  return {
    topics: known.map(({ name, partitions, replicas, config = {} }) => ({
      ...{ name, partitions, config },
      ...(replicas === undefined ? {} : { replicas }),
    })),
    connectors: lost.connectors,
    leftAlone: lost.leftAlone,
    missingSecrets: lost.missingSecrets,
    obstacles: [...unknown.map(notDescribed), ...lost.obstacles],
  };
}

function sinkOf(connector: string, config: Readonly<Record<string, string>> | undefined) {
  try {
    return config === undefined ? undefined : parseSinkConfig(connector, config);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return undefined;
  }
}

function notDescribed(topic: string): string {
  return `the sink reads ${topic}, which Kafka does not have and the backup does not describe: create it, or take it out of the sink's configuration`;
}

function lostConnectors(
  { connectors }: Pick<Manifest, 'connectors'>,
  own: string,
  now: PipelineNow,
): Pick<Gaps, 'connectors' | 'leftAlone' | 'missingSecrets' | 'obstacles'> {
  const { planned } = now;
  const absent = connectors.filter(
    ({ name }) => !now.connectors.includes(name) && (name === own || !isLeftOut(name, now.secrets)),
  );
  const hasLostAll = now.connectors.length === 0;
  const isLost = (name: string) => name === own || (planned?.includes(name) ?? hasLostAll);
  const missing = absent.filter(({ name }) => isLost(name));
  const lost = missing.map(({ name, config }) => ({
    ...{ name, config },
    kind: name === own ? ('own sink' as const) : kindOf(config, now.plugins),
  }));
  return {
    connectors: lost
      .map(({ name, kind }) => ({ name, kind }))
      .sort((a, b) => Number(a.kind === 'own sink') - Number(b.kind === 'own sink')),
    leftAlone: absent.map(({ name }) => name).filter((name) => !isLost(name)),
    missingSecrets: lost.flatMap(({ name, config }) =>
      withSecrets(name, config, now.secrets).missing.map((key) => `${name}: ${key}`),
    ),
    obstacles: [
      ...(now.lacks === undefined ? [] : [now.lacks]),
      ...lost.flatMap(({ name, config }) => withoutPlugin(name, config, now.plugins)),
    ],
  };
}

/** A sink has topics to read; a source may spell what it writes to in any way, but not in this one. */
function kindOf(
  config: Readonly<Record<string, string>>,
  plugins: PipelineNow['plugins'],
): 'source' | 'sink' {
  const known = plugins.get(config['connector.class'] ?? '');
  if (known !== undefined) return known;
  return 'topics' in config || 'topics.regex' in config ? 'sink' : 'source';
}

function withoutPlugin(
  name: string,
  config: Readonly<Record<string, string>>,
  plugins: PipelineNow['plugins'],
): string[] {
  const wanted = config['connector.class'] ?? '';
  // A class may be named by its last part alone, with or without `Connector`.
  const isThere = [...plugins.keys()].some(
    (known) => known === wanted || known.endsWith(`.${wanted}`) || known.endsWith(`.${wanted}Connector`),
  );
  if (isThere) return [];
  return [
    `the Connect workers have no ${wanted || 'connector.class'} for ${name}: install it on them, or leave that connector out (MSR_CONNECTOR_SECRETS: {"${name}": null})`,
  ];
}

/** Why what is missing cannot be created; empty where it can. Pure. */
export function gapObstacles({ missingSecrets, obstacles }: Gaps): string[] {
  if (missingSecrets.length === 0) return [...obstacles];
  return [
    ...obstacles,
    `connectors are to be created again, and a backup holds no secrets: MSR_CONNECTOR_SECRETS lacks ${missingSecrets.join(', ')}`,
  ];
}

/** Whether there is anything to create. Pure. */
export function hasGaps({ topics, connectors }: Gaps): boolean {
  return topics.length + connectors.length > 0;
}

/** What would be created, for the approver. Pure. */
export function describeGaps({ topics, connectors, leftAlone }: Gaps): string[] {
  const named = (kind: ConnectorKind) =>
    connectors.filter((each) => each.kind === kind).map(({ name }) => name);
  const [sources, sinks, own] = [named('source'), named('sink'), named('own sink')];
  return [
    ...(topics.length === 0
      ? []
      : [
          `topics are created as the backup has them: ${topics.map(({ name, partitions }) => `${name} (${partitions} partitions)`).join(', ')}`,
        ]),
    ...(own.length === 0
      ? []
      : [`the sink ${own.join()} is created again, STOPPED until its offsets are set`]),
    ...(sources.length === 0
      ? []
      : [
          `connectors are created again: ${sources.join(', ')}; where Connect has no offsets of theirs, they begin as their snapshot.mode says`,
        ]),
    ...(sinks.length === 0
      ? []
      : [
          `other sinks are created again, STOPPED: ${sinks.join(', ')}; whether their databases are sound, only they can tell: recover each, or resume it`,
        ]),
    ...(leftAlone.length === 0
      ? []
      : [
          `the backup has connectors that Kafka Connect lacks beside others of it: ${leftAlone.join(', ')}; they are left alone, as if somebody had removed them`,
        ]),
  ];
}
