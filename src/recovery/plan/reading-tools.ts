import type { ConnectClient } from '../../clients/connect.ts';
import type { KafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { KafkaReader } from '../../clients/kafka/kafka-reader.ts';
import type { Offsets } from '../../core/offsets.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import type { SinkHistory } from '../../sink/sink-history.ts';
import type { Course } from './course.ts';
import type { LeaveOut } from './leave-out.ts';

export interface ReadingQuestion {
  readonly settings: Settings;
  readonly connect: ConnectClient;
  readonly manifest: Manifest;
  /** Today's. */
  readonly sink: SinkConfig;
  readonly configuration: Readonly<Record<string, string>>;
  /** Connect has the sink; false: it is read as the backup describes it. */
  readonly isPresent: boolean;
  /** Where the replay would begin elsewhere than at the cut. */
  readonly course: Pick<Course, 'starts'>;
  /** undefined: nothing. */
  readonly leaveOut: LeaveOut | undefined;
  /** Times that the operator names, or named when a recovery that is continued was begun. */
  readonly changedAt: readonly string[];
  /** What health runs have seen of it; undefined: nothing. */
  readonly history: SinkHistory | undefined;
  /** Where live rows can be asked; undefined: nowhere. */
  readonly liveUrl: string | undefined;
}

/** Everything that is asked with one connection. */
export interface ReadingTools {
  readonly admin: KafkaAdmin;
  readonly reader: KafkaReader;
  readonly signal: AbortSignal;
  readonly start: Offsets;
  readonly logEnd: Offsets;
  /** Ids of the topics, by their names. */
  readonly ids: ReadonlyMap<string, string | null>;
}

/** Who reads records up to some offsets, as it was then. */
export interface SinkStage {
  readonly sink: SinkConfig;
  readonly until: Offsets;
}
