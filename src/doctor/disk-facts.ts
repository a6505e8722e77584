import { measuredRatios, planDisk, type SpaceNeed, type SpacePlace } from '../retention/disk-plan.ts';
import type { FrequencyRow } from '../retention/frequency.ts';
import type { RetentionNeed } from '../retention/kafka-retention.ts';
import { keptBackups } from '../retention/kept-backups.ts';
import type { RetentionSettings } from '../retention/retention-settings.ts';
import type { PartitionRate } from '../retention/throughput.ts';
import type { SpaceFound } from './disk-checks.ts';
import type { DoctorFacts } from './gather.ts';
import { seenOf } from './look.ts';

export interface SpaceInput {
  readonly need: RetentionNeed;
  readonly rates: readonly PartitionRate[];
  readonly frequency: FrequencyRow;
  readonly retention: RetentionSettings;
}

/** The disk plan of what was seen; empty where nothing says how large the database is. Pure. */
export function spaceNeeds(facts: DoctorFacts, input: SpaceInput): SpaceNeed[] {
  const manifests = seenOf(seenOf(facts.vault)?.backups)?.manifests ?? [];
  const databaseBytes = seenOf(facts.database)?.bytes ?? manifests[0]?.databaseBytes;
  if (databaseBytes === undefined) return [];
  const settings = seenOf(seenOf(facts.kafka)?.settings) ?? [];
  const held = settings.flatMap(({ retentionMs }) => (retentionMs === undefined ? [] : retentionMs));
  const known = input.rates.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
  return planDisk({
    databaseBytes,
    ratios: measuredRatios(manifests),
    backups: keptBackups(input.retention.tiers, input.frequency, input.need.minimumMs),
    kafka: {
      retentionMs: Math.max(input.need.recommendedMs, ...held),
      bytesPerSecond: known.length === 0 ? undefined : known.reduce((sum, rate) => sum + rate, 0),
      replicas: Math.max(1, ...settings.flatMap(({ replicas }) => replicas ?? [])),
    },
  });
}

/** What is free, and what of the need lies there already. Pure. */
export function spaceFound(facts: DoctorFacts): Partial<Record<SpacePlace, SpaceFound>> {
  const vault = seenOf(facts.vault);
  const manifests = seenOf(vault?.backups)?.manifests ?? [];
  const stored = manifests.flatMap(({ artifacts }) => artifacts.map(({ bytes }) => bytes));
  const storage = seenOf(seenOf(facts.kafka)?.storage);
  const logs = storage?.partitions.map(({ bytes }) => bytes) ?? [];
  return {
    vault: { freeBytes: seenOf(vault?.freeBytes), usedBytes: sum(stored) },
    kafka: { freeBytes: storage?.usableBytes, usedBytes: sum(logs) },
    'database server': { freeBytes: seenOf(facts.target)?.freeBytes, usedBytes: 0 },
    'temporary directory': { freeBytes: facts.temporaryBytes, usedBytes: 0 },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}
