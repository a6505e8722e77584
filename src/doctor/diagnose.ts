import { freezeMeans } from '../clients/connect-version.ts';
import type { TopicSettings } from '../clients/kafka/kafka-topics.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { RETENTION_MATRIX } from '../retention/frequency.ts';
import { type RetentionSettings, readRetentionSettings } from '../retention/retention-settings.ts';
import { apiChecks } from './api-checks.ts';
import { connectChecks } from './connect-checks.ts';
import { databaseChecks } from './database-checks.ts';
import { diskChecks } from './disk-checks.ts';
import { spaceFound, spaceNeeds } from './disk-facts.ts';
import { type DoctorCheck, type DoctorReport, doctorVerdict, notChecked } from './doctor-report.ts';
import { expectationsOf } from './expectations.ts';
import type { DoctorFacts } from './gather.ts';
import { guardChecks } from './guard-checks.ts';
import { kafkaChecks } from './kafka-checks.ts';
import { checkOfError, type Look, seenOf } from './look.ts';
import { programChecks } from './program-checks.ts';
import { retentionChecks } from './retention-checks.ts';
import { scheduleChecks } from './schedule-checks.ts';
import { targetChecks } from './target-checks.ts';
import { type ExpectedBackups, vaultChecks } from './vault-checks.ts';

/** What an operator configures beside the settings. */
export interface DiagnoseOptions {
  readonly configured: Look<RetentionSettings>;
  /** MSR_BACKUP_CRON, in MSR_BACKUP_TIME_ZONE. */
  readonly backupCron: string | undefined;
  readonly backupTimeZone: string | undefined;
  readonly now: Date;
}

/** Every check from what was seen. Pure. */
export function diagnose(facts: DoctorFacts, given: DiagnoseOptions): DoctorReport {
  const options = { ...given, retention: seenOf(given.configured) ?? readRetentionSettings({}) };
  const { frequency, rates, durations, need } = expectationsOf({
    ...(seenOf(seenOf(facts.vault)?.backups) ?? { manifests: [], recoveries: [] }),
    ends: seenOf(seenOf(facts.kafka)?.ends),
    storage: seenOf(seenOf(facts.kafka)?.storage),
    ...options,
  });
  const settings = seenOf(seenOf(facts.kafka)?.settings);
  const brokers = seenOf(facts.kafka)?.brokers ?? [];
  const retention = settings === undefined ? undefined : retentionChecks({ settings, need, rates, brokers });
  const disk = spaceNeeds(facts, { need, rates, frequency: RETENTION_MATRIX[frequency], ...options });
  const checks = [
    ...('error' in given.configured ? [checkOfError('retention settings', given.configured.error)] : []),
    ...serviceChecks(facts, { ...RETENTION_MATRIX[frequency], ...durations, now: options.now }),
    ...(retention?.checks ?? []),
    ...scheduleOf(facts, options, durations.backupMs),
    ...diskChecks(disk, spaceFound(facts)),
  ];
  return {
    version: 1,
    at: options.now.toISOString(),
    verdict: doctorVerdict(checks),
    checks,
    ...(retention === undefined
      ? {}
      : { retention: { need, findings: retention.findings, shortestMs: shortestOf(settings ?? []) } }),
    ...(disk.length === 0 ? {} : { disk }),
  };
}

function shortestOf(settings: readonly TopicSettings[]): number | null {
  const limits = settings.flatMap(({ retentionMs = -1 }) => (retentionMs < 0 ? [] : retentionMs));
  return limits.length === 0 ? null : Math.min(...limits);
}

function serviceChecks(facts: DoctorFacts, expected: ExpectedBackups): DoctorCheck[] {
  const server = seenOf(seenOf(facts.database)?.server);
  const newest = seenOf(seenOf(facts.vault)?.newest)?.manifest;
  const clusterId = seenOf(seenOf(facts.kafka)?.clusterId);
  return [
    ...databaseChecks(facts.database, {
      url: seenOf(facts.settings.database)?.databaseUrl,
      strategy: facts.settings.strategy,
    }),
    ...programChecks(facts.programs, server ?? newest?.server),
    ...targetChecks(facts.target, {
      server: wantedServer(newest?.server, server),
      strategy: facts.settings.strategy,
    }),
    ...connectChecks(facts.connect, {
      clusterId,
      databases: seenOf(facts.settings.database),
      located: facts.located,
      fed: facts.fed,
    }),
    ...kafkaChecks(facts.kafka, { names: aclNames(facts), settings: seenOf(facts.settings.kafka) }),
    ...vaultChecks(facts.vault, expected),
    ...apiChecks(facts.api),
    ...guardChecks(facts.guard),
  ];
}

/** The newest backup's; what the live database has gained since, the next backup will need, too. */
function wantedServer(
  newest: Manifest['server'] | undefined,
  live: Manifest['server'] | undefined,
): Manifest['server'] | undefined {
  if (newest === undefined || live === undefined) return newest ?? live;
  const { extensions = newest.extensions, tablespaces = newest.tablespaces } = live;
  return {
    ...newest,
    ...(extensions === undefined ? {} : { extensions }),
    ...(tablespaces === undefined ? {} : { tablespaces }),
  };
}

function aclNames({ source, vault, connect }: DoctorFacts) {
  const worker = seenOf(connect)?.worker;
  const sink = seenOf(source);
  if (sink === undefined) return undefined;
  const known = seenOf(seenOf(vault)?.newest)?.manifest?.cut.topics.map(({ name }) => name) ?? [];
  return {
    topics: 'list' in sink.topics ? sink.topics.list : known,
    group: sink.group,
    setsOffsets: worker !== undefined && freezeMeans(worker) !== 'REST',
  };
}

function scheduleOf(facts: DoctorFacts, options: DiagnoseOptions, durationMs: number): DoctorCheck[] {
  const database = seenOf(facts.database);
  const maintenanceTimeZone = seenOf(facts.settings.database)?.maintenanceTimeZone ?? 'UTC';
  if (database === undefined) return [notChecked('maintenance', 'the database cannot be used')];
  const manifests = seenOf(seenOf(facts.vault)?.backups)?.manifests ?? [];
  return scheduleChecks({
    maintenance: database.maintenance,
    maintenanceTimeZone,
    backups: {
      cron: options.backupCron,
      timeZone: options.backupTimeZone ?? maintenanceTimeZone,
      taken: manifests.map(({ cut }) => new Date(cut.takenAt)),
      durationMs,
    },
    now: options.now,
  });
}
