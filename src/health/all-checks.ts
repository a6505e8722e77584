import type { TopicSettings } from '../clients/kafka/kafka-topics.ts';
import { whereItIs } from '../doctor/gather.ts';
import { look, seenOf } from '../doctor/look.ts';
import { sinkFound } from '../freeze/sink-control.ts';
import { replayStart } from '../recovery/replay/replay-start.ts';
import { checkSinkRunning } from './check-sink-running.ts';
import type { CheckName } from './checks.ts';
import { expectationsNow, given, type HealthContext } from './health-context.ts';
import { judgeIntegrity } from './integrity.ts';
import { damagedNewest, judgeBackupFresh } from './judge-backups.ts';
import { judgeDatabase } from './judge-database.ts';
import { judgeDrill } from './judge-drill.ts';
import { judgeIngestion } from './judge-ingestion.ts';
import { judgeJobs } from './judge-jobs.ts';
import { judgeReplayable } from './judge-replayable.ts';
import { judgeRetention } from './judge-retention.ts';
import { judgeSinkFrozen } from './judge-sink-frozen.ts';
import { judgeSinkLag, judgeSinkStalled } from './judge-sink-lag.ts';
import { judgeSnapshot } from './judge-snapshot.ts';
import { judgeSpace } from './judge-space.ts';
import { judgeZones } from './judge-zones.ts';
import { type Judgement, notChecked, ok } from './judgement.ts';
import { lookAtArtifacts } from './look-at-artifacts.ts';
import { vaultSpace } from './look-at-vault.ts';
import { type PartitionLag, partitionLags } from './sink-lag.ts';
import { compareHours, hoursToCompare, zoneRecord } from './zones.ts';

/**
 * One check: looks, and judges what it saw. What it throws makes it unknown.
 * @param signal aborted when its time is over
 */
type Check = (ctx: HealthContext, signal: AbortSignal) => Promise<Judgement>;

export const ALL_CHECKS: Readonly<Record<CheckName, Check>> = {
  database: async (ctx) => judgeDatabase(await look(ctx.looks.database), ctx),
  'backup-fresh': async (ctx) => {
    const [backups, expected] = await Promise.all([ctx.looks.backups(), expectationsNow(ctx)]);
    return judgeBackupFresh({ backups, expected, damagedAt: damagedNewest(backups) }, ctx);
  },
  'backup-replayable': backupReplayable,
  'sink-running': checkSinkRunning,
  'sink-lag': async (ctx) => judgeSinkLag(await lagsNow(ctx), retentionOf(await topicSettings(ctx)), ctx),
  'sink-stalled': async (ctx) => {
    const freeze = await ctx.looks.freeze();
    if (freeze !== undefined) return ok(`the sink is held still by the ${freeze.purpose} ${freeze.owner}`);
    return judgeSinkStalled(await lagsNow(ctx), ctx);
  },
  'sink-frozen': async (ctx) => {
    const [freeze, lock] = await Promise.all([ctx.looks.freeze(), ctx.looks.lock()]);
    return judgeSinkFrozen({ freeze, lock }, ctx);
  },
  'snapshot-fresh': async (ctx) => judgeSnapshot(await ctx.looks.database()),
  ingestion: async (ctx) => judgeIngestion(given((await ctx.looks.database()).ingestion), ctx),
  'vault-space': async (ctx) =>
    judgeSpace(await vaultSpace(ctx), {
      what: `the vault ${ctx.vault.url}`,
      pagePercent: 20,
      value: 'VaultFreePercent',
      hint: 'make it larger, or keep fewer backups (MSR_KEEP_DAILY, MSR_KEEP_WEEKLY, MSR_KEEP_MONTHLY): `msr backups prune --dry-run` says which',
    }),
  'database-space': async (ctx) =>
    judgeSpace(given((await ctx.looks.database()).space), {
      what: "the disk of the database's server",
      ...{ ticketPercent: 20, pagePercent: 10 },
      value: 'DatabaseFreePercent',
      hint: 'make it larger, or let maintenance drop older events (MAX_PLAYBACK_RANGE); a server whose disk is full stops',
    }),
  'broker-space': async (ctx) => {
    const storage = (await ctx.looks.log()).storage;
    const why = 'the brokers do not tell (before 3.3, or without DESCRIBE on the cluster)';
    return judgeSpace(seenOf(storage)?.fullest ?? why, {
      what: 'the fullest broker',
      ...{ ticketPercent: 20, pagePercent: 10 },
      value: 'BrokerFreePercent',
      hint: "enlarge the brokers' disks, or lower retention (`msr doctor` says to how much): a full broker stops",
    });
  },
  'retention-matrix': async (ctx) => {
    const [settings, { need, rates }] = await Promise.all([topicSettings(ctx), expectationsNow(ctx)]);
    const brokers = seenOf(ctx.settings.kafka)?.brokers ?? [];
    return judgeRetention({ settings, need, rates, brokers });
  },
  jobs: async (ctx) => judgeJobs(given((await ctx.looks.database()).jobs)),
  'vault-integrity': async (ctx) => {
    const { newest, summaries: backups, manifest } = await ctx.looks.backups();
    const looks = await lookAtArtifacts(ctx.vault, newest);
    const known = ctx.latest?.damaged ?? {};
    return judgeIntegrity({ backups, looks, newestGood: manifest?.id, known }, ctx);
  },
  zones: compareZones,
  'drill-fresh': async (ctx) => judgeDrill(await ctx.looks.drills(), ctx),
};

async function compareZones(ctx: HealthContext): Promise<Judgement> {
  const { zones: others } = given(ctx.health);
  const known = ctx.latest?.zones ?? {};
  if (others.size === 0) return judgeZones({});
  const url = await whereItIs(ctx.settings, given(ctx.settings.database));
  const compared = await Promise.all(
    [...others].map(async ([name, other]) => {
      const hours = await compareHours(url, other, hoursToCompare(known[name], ctx.now));
      return [name, zoneRecord(known[name], hours, ctx.now)] as const;
    }),
  );
  const zones = Object.fromEntries(compared);
  return { ...judgeZones(zones), keep: { zones } };
}

async function backupReplayable(ctx: HealthContext): Promise<Judgement> {
  const { manifest } = await ctx.looks.backups();
  if (manifest === undefined) return notChecked('there is no usable backup whose events Kafka could hold');
  const log = await ctx.looks.log();
  const topics = given(log.topics);
  const { rates } = await expectationsNow(ctx);
  return judgeReplayable(
    {
      backup: manifest,
      start: replayStart(manifest.cut, topics),
      ...{ topics, rates },
      ends: given(log.ends),
      settings: given(log.settings),
      committed: given(log.committed),
      storage: seenOf(log.storage),
    },
    ctx,
  );
}

/** @throws what kept ends, commits or records from being seen */
export async function lagsNow(ctx: HealthContext): Promise<readonly PartitionLag[]> {
  const log = await ctx.looks.log();
  given(log.waiting);
  return partitionLags(log, { ...ctx, running: await isRunning(ctx) }) ?? [];
}

/** A sink of which Connect tells nothing is taken for running: it may well stand still. */
async function isRunning({ looks }: HealthContext): Promise<boolean> {
  const [freeze, connect] = await Promise.all([looks.freeze(), look(looks.connect)]);
  const status = seenOf(seenOf(connect)?.status);
  return freeze === undefined && (status === undefined || sinkFound(status) === 'RUNNING');
}

async function topicSettings(ctx: HealthContext): Promise<readonly TopicSettings[]> {
  return given((await ctx.looks.log()).settings);
}

function retentionOf(settings: readonly TopicSettings[]): ReadonlyMap<string, number> {
  return new Map(
    settings.flatMap(({ topic, retentionMs = -1 }): [string, number][] =>
      retentionMs < 0 ? [] : [[topic, retentionMs]],
    ),
  );
}
