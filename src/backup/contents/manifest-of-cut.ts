import type { BaselineResult } from '../../baselines/strategy.ts';
import type { ConnectorConfig } from '../../clients/connect.ts';
import type { TopicDescription, TopicOverrides } from '../../clients/kafka/kafka-topics.ts';
import type { LogTails } from '../../clients/kafka/log-tail.ts';
import type { StrategyName } from '../../core/strategy-name.ts';
import { VERSION } from '../../core/version.ts';
import { MANIFEST_VERSION, type Manifest } from '../../manifest/manifest.ts';
import { withSecretReferences } from '../../sink/connector-references.ts';
import type { SinkCut } from '../cut/cut.ts';
import type { Preflight } from '../preflight/preflight.ts';
import type { SnapshotFacts } from './describe-snapshot.ts';

export interface ManifestParts {
  readonly id: string;
  readonly strategy: StrategyName;
  readonly checked: Preflight;
  readonly cut: SinkCut;
  readonly baseline: BaselineResult;
  readonly facts: SnapshotFacts;
  readonly connectors: readonly ConnectorConfig[];
  /** undefined: they could not be read. */
  readonly tails: LogTails | undefined;
  /** What the topics are set to; without those of which Kafka did not tell it. */
  readonly topics: readonly TopicOverrides[];
  readonly durations: Manifest['durations'];
}

/** The manifest of a backup from what its steps found; no secret of a connector gets into it. */
export function buildManifest(parts: ManifestParts): Manifest {
  const { checked, cut, facts, baseline } = parts;
  const found =
    cut.stateFound === 'RUNNING' || cut.overlap !== undefined
      ? []
      : [`the sink was ${cut.stateFound} and was left as it was found`];
  return {
    version: MANIFEST_VERSION,
    id: parts.id,
    createdAt: new Date().toISOString(),
    madeBy: { msr: VERSION, pgDump: checked.pgDumpVersion },
    strategy: parts.strategy,
    server: checked.server,
    cut: {
      exact: cut.overlap === undefined,
      ...(cut.overlap === undefined ? {} : { overlap: cut.overlap }),
      remarks: [...found, ...cut.positions.remarks, ...baseline.remarks],
      takenAt: cut.snapshot.takenAt.toISOString(),
      sinkPauseSeconds: cut.pauseSeconds,
      offsets: [...cut.positions.offsets],
      topics: cut.topics.map((topic) => describeTopic(topic, parts.topics)),
      group: checked.sink.group,
      ...(parts.tails === undefined ? {} : { tails: parts.tails }),
    },
    sink: {
      ...{ connector: checked.sink.connector, stateFound: cut.stateFound },
      ...(checked.sink.isolationKnown ? { isolation: checked.sink.isolation } : {}),
    },
    artifacts: [...baseline.artifacts],
    volumes: [...baseline.volumes],
    ...facts,
    digests: [...facts.digests],
    jobs: [...facts.jobs],
    connectors: parts.connectors.map(({ name, config }) => ({
      name,
      config: withSecretReferences(name, config),
    })),
    durations: parts.durations,
  };
}

function describeTopic(
  { name, id, partitions }: TopicDescription,
  overrides: readonly TopicOverrides[],
): Manifest['cut']['topics'][number] {
  const set = overrides.find(({ topic }) => topic === name);
  return {
    ...{ name, id, partitions: partitions.length },
    ...(set?.replicas === undefined ? {} : { replicas: set.replicas }),
    ...(set === undefined ? {} : { config: { ...set.config } }),
  };
}
