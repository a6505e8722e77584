import { MANIFEST_VERSION, type Manifest } from '../manifest.ts';
import type { StoredArtifact } from '../vault/vault.ts';
import { VERSION } from '../version.ts';
import { type ConnectorConfig, withSecretReferences } from './connector-references.ts';
import type { SinkCut } from './cut.ts';
import type { SnapshotFacts } from './describe-snapshot.ts';
import type { Preflight } from './preflight.ts';

export interface ManifestParts {
  readonly id: string;
  readonly checked: Preflight;
  readonly cut: SinkCut;
  readonly dump: StoredArtifact;
  readonly facts: SnapshotFacts;
  readonly connectors: readonly ConnectorConfig[];
  readonly durations: Manifest['durations'];
}

/** The manifest of a backup from what its steps found; no secret of a connector gets into it. */
export function buildManifest(parts: ManifestParts): Manifest {
  const { checked, cut, facts } = parts;
  const found =
    cut.stateFound === 'RUNNING' ? [] : [`the sink was ${cut.stateFound} and was left as it was found`];
  return {
    version: MANIFEST_VERSION,
    id: parts.id,
    createdAt: new Date().toISOString(),
    madeBy: { msr: VERSION, pgDump: checked.pgDumpVersion },
    strategy: 'dump',
    server: checked.server,
    cut: {
      exact: true,
      remarks: [...found, ...cut.positions.remarks],
      takenAt: cut.snapshot.takenAt.toISOString(),
      sinkPauseSeconds: cut.pauseSeconds,
      offsets: [...cut.positions.offsets],
      topics: cut.topics.map(({ name, id, partitions }) => ({ name, id, partitions: partitions.length })),
      group: checked.sink.group,
    },
    sink: { connector: checked.sink.connector, stateFound: cut.stateFound },
    artifacts: [parts.dump],
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
