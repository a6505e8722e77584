import type { ConnectClient, ConnectorStatus } from '../clients/connect.ts';
import type { Offsets } from '../offsets.ts';
import type { Progress } from '../progress.ts';
import type { Settings } from '../settings.ts';
import type { Vault } from '../vault/vault.ts';
import type { FreezePurpose, FreezeRecord, SinkFound } from './freeze-record.ts';
import type { Guardian } from './guardian.ts';

/** The one thing that a freeze asks Kafka; `KafkaAdmin` is one. */
export interface GroupWatch {
  groupState(group: string): Promise<string>;
}

export interface FreezeDeps {
  readonly connect: ConnectClient;
  readonly kafkaAdmin: GroupWatch;
  readonly vault: Vault;
  readonly progress: Progress;
  readonly settings: Settings;
  /** @default a detached process on this machine */
  readonly guardian?: Guardian;
}

export interface FreezeRequest {
  readonly connector: string;
  /** The sink's consumer group, as its configuration names it. */
  readonly group: string;
  readonly purpose: FreezePurpose;
  /** For people: the backup's or the recovery's id. */
  readonly owner: string;
  /** A sink that is paused, stopped or failed: a backup leaves it as found, a cutover stops it all the same. */
  readonly whenNotRunning: 'leave-as-found' | 'stop';
  /** From STOP to an empty group, in milliseconds. @default 60_000 */
  readonly stopDeadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** What the body of a freeze knows and may ask for. */
export interface FrozenSink {
  readonly found: SinkFound;
  readonly statusFound: ConnectorStatus;
  /** false: it did not run and was left as found; its group may still have members. */
  readonly stopped: boolean;
  /** From STOP to STOPPED with an empty group. */
  readonly stopSeconds: number;
  /**
   * The STOP took longer than Connect waits for a task (task.shutdown.graceful.timeout.ms, 5 s): the last commit
   * may be missing, so what is written can be ahead of what is committed.
   */
  readonly outlastedGracefulTimeout: boolean;
  /** The sink is to be set to these offsets before it runs again; survives a crash from the moment this returns. */
  correctOffsets(offsets: Offsets): Promise<void>;
  /** Call it before databases are fenced: see FreezeRecord.cutover. */
  recordCutover(cutover: NonNullable<FreezeRecord['cutover']>): Promise<void>;
}

export interface FreezeResult<T> {
  readonly result: T;
  /** From STOP until connector and all tasks were RUNNING again; 0 where the sink was left as found. */
  readonly pauseSeconds: number;
  readonly found: SinkFound;
  readonly statusFound: ConnectorStatus;
}

/**
 * Runs `body` while the sink stands still, and makes it run again whatever happens.
 */
export declare function withFrozenSink<T>(
  deps: FreezeDeps,
  request: FreezeRequest,
  body: (frozen: FrozenSink) => Promise<T>,
): Promise<FreezeResult<T>>;
