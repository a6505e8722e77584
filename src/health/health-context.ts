import type { Environment } from '../core/environment.ts';
import { connectOf, type DoctorSettings, readDoctorSettings } from '../doctor/doctor-context.ts';
import { expectationsOf } from '../doctor/expectations.ts';
import { whereItIs } from '../doctor/gather.ts';
import { type Look, look, seenOf } from '../doctor/look.ts';
import { type ConnectFacts, lookAtConnect } from '../doctor/look-at-connect.ts';
import { type FreezeRecord, readFreeze } from '../freeze/freeze-record.ts';
import { type RetentionSettings, readRetentionSettings } from '../retention/retention-settings.ts';
import { currentOwner } from '../vault/lock.ts';
import type { LockOwner } from '../vault/lock-owner.ts';
import type { Vault } from '../vault/vault.ts';
import type { HealthRecord } from './health-record.ts';
import { type HealthSettings, readHealthSettings } from './health-settings.ts';
import type { JudgeContext } from './judgement.ts';
import { type BackupHealth, lookAtBackups } from './look-at-backups.ts';
import { type SourceConnector, sourcesOf } from './look-at-connectors.ts';
import { type DatabaseHealth, lookAtDatabaseHealth } from './look-at-database.ts';
import { type DrillRecord, lookAtDrills } from './look-at-drills.ts';
import { type LogHealth, lookAtLogHealth, type SinkReading } from './look-at-log.ts';

/** What the checks of one run look at; each is looked at once, whoever asks first. */
interface Looks {
  connect(): Promise<ConnectFacts>;
  sources(): Promise<readonly SourceConnector[]>;
  database(): Promise<DatabaseHealth>;
  log(): Promise<LogHealth>;
  backups(): Promise<BackupHealth>;
  freeze(): Promise<FreezeRecord | undefined>;
  lock(): Promise<LockOwner | undefined>;
  drills(): Promise<readonly DrillRecord[]>;
}

/** What a check works with. */
export interface HealthContext extends JudgeContext {
  readonly env: Environment;
  readonly vault: Vault;
  readonly settings: DoctorSettings;
  readonly health: Look<HealthSettings>;
  readonly looks: Looks;
  /** Whether backups and recoveries run on this machine. */
  readonly runsHere: boolean;
  /** What was recorded last, however long ago. */
  readonly latest: HealthRecord | undefined;
}

export interface OpenHealth
  extends JudgeContext,
    Pick<HealthContext, 'env' | 'vault' | 'runsHere' | 'latest'> {
  readonly signal: AbortSignal;
}

export async function openHealthContext({ signal, ...open }: OpenHealth): Promise<HealthContext> {
  const settings = await readDoctorSettings(open.env);
  const health = await look(async () => readHealthSettings(open.env));
  return { ...open, settings, health, looks: looksAt(settings, open, signal) };
}

function looksAt(
  settings: DoctorSettings,
  { vault, now }: Pick<HealthContext, 'vault' | 'now'>,
  signal: AbortSignal,
): Looks {
  const connect = once(async () => lookAtConnect(given(settings.connect), connectOf(settings)));
  const backups = once(() => lookAtBackups(vault, now));
  const sink = async () => readingOf(await look(connect), backups);
  const log = once(async () => lookAtLogHealth(given(settings.kafka), await sink(), signal));
  return {
    ...{ connect, backups, log },
    sources: once(async () => {
      const client = connectOf(settings);
      const topics = seenOf((await log()).topics) ?? [];
      return await sourcesOf(
        client,
        topics.map(({ name }) => name),
      );
    }),
    database: once(async () => lookAtDatabaseHealth(await whereItIs(settings, given(settings.database)))),
    freeze: once(async () => (await readFreeze(vault, given(settings.connect).sinkConnector))?.record),
    lock: once(() => currentOwner(vault)),
    drills: once(() => lookAtDrills(vault)),
  };
}

/** Without Connect the newest backup still says where the sink reads. */
async function readingOf(
  connect: Look<ConnectFacts>,
  backups: () => Promise<BackupHealth>,
): Promise<Look<SinkReading>> {
  const configured = 'seen' in connect ? connect.seen.sink : connect;
  if ('seen' in configured) return configured;
  const manifest = seenOf(await look(backups))?.manifest;
  if (manifest === undefined) return configured;
  const list = manifest.cut.topics.map(({ name }) => name);
  return {
    seen: {
      topics: { list },
      group: manifest.cut.group,
      connector: manifest.sink.connector,
      converter: 'connector',
      isolation: manifest.sink.isolation ?? 'read_uncommitted',
      offsetReset: undefined,
    },
  };
}

/** How often backups should be taken, how long things take, what comes in. */
export async function expectationsNow(ctx: HealthContext): Promise<ReturnType<typeof expectationsOf>> {
  const backups = await ctx.looks.backups();
  const log = seenOf(await look(ctx.looks.log));
  const retention: RetentionSettings = readRetentionSettings(ctx.env);
  return expectationsOf({
    ...backups,
    ends: seenOf(log?.ends),
    storage: seenOf(log?.storage),
    ...{ retention, now: ctx.now },
  });
}

/** @throws what kept it from being read or seen */
export function given<T>(found: Look<T>): T {
  if ('error' in found) throw found.error;
  return found.seen;
}

/** The first call's answer, or its error, for all. */
function once<T>(question: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= question();
    // Whoever asks gets the error; one that nobody waits for any more must not end the process.
    answer.catch(() => {});
    return answer;
  };
}
