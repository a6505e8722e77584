import { z } from 'zod';
import type { ManifestHead } from '../../manifest/manifest.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument } from '../documents.ts';
import { type DrillReport, drillIds, readDrillReport } from '../drill/drill-report.ts';
import { isRebuild, PLANNED } from './procedures.ts';
import { recoveriesWith } from './recoveries.ts';

/** What one recovery or drill of this system took, for the estimate of the next one. */
export const sampleSchema = z.object({
  /** A drill ends before the cutover. */
  kind: z.enum(['recovery', 'drill']),
  /** Dump and digest of its backup, seconds: restoring and proving go with them. */
  backupSeconds: z.number().positive(),
  /** All but reading and writing the records. */
  otherSeconds: z.number().nonnegative(),
  records: z.int().nonnegative(),
  replaySeconds: z.number().nonnegative(),
});
export type Sample = z.infer<typeof sampleSchema>;

/** The last ones of each kind: older ones say little of today. */
const MOST = 5;

const planPart = z.object({ baseline: z.string().optional() });

const reportPart = z.object({
  procedure: z.enum(PLANNED),
  outcome: z.string(),
  backupId: z.string().optional(),
  steps: z.array(z.object({ name: z.string(), seconds: z.number() })),
  results: z.looseObject({
    replay: z
      .looseObject({ first: z.looseObject({ dataRecords: z.int(), seconds: z.number() }).optional() })
      .optional(),
  }),
});

/**
 * What the last recoveries and drills of this system took, as their reports in the vault tell.
 * @param heads of the vault's backups: what was restored of one that is gone says nothing
 * @throws VaultReadError
 */
export async function readExperience(vault: Vault, heads: readonly ManifestHead[]): Promise<Sample[]> {
  const byId = new Map(heads.map((head) => [head.id, head]));
  const samples: Sample[] = [];
  for (const id of (await recoveriesWith(vault, 'report')).slice(0, MOST)) {
    const report = await readRecoveryDocument(vault, id, 'report', reportPart);
    // A copy of volumes takes what it takes, whatever the dump took.
    const plan = await readRecoveryDocument(vault, id, 'plan', planPart);
    if (report !== undefined && plan?.baseline === 'dump') samples.push(...sampleOfRecovery(report, byId));
  }
  for (const id of (await drillIds(vault)).slice(0, MOST)) {
    const report = await readDrillReport(vault, id);
    if (report !== undefined) samples.push(...sampleOfDrill(report, byId));
  }
  return samples;
}

type Heads = ReadonlyMap<string, Pick<ManifestHead, 'durations'>>;

/** One that was continued has no whole first round, and says nothing of how long one takes. Pure. */
export function sampleOfRecovery(report: z.infer<typeof reportPart>, heads: Heads): Sample[] {
  const { procedure, outcome, backupId = '' } = report;
  const first = report.results.replay?.first;
  const names = report.steps.map(({ name }) => name);
  const isWhole = ['restore', 'replay', 'cut-over'].every((name) => names.includes(name));
  if (outcome !== 'recovered' || !isRebuild(procedure) || !isWhole || first === undefined) return [];
  const { dataRecords: records, seconds: replaySeconds } = first;
  return sample('recovery', heads.get(backupId), {
    ...{ records, replaySeconds },
    otherSeconds: sum(report.steps) - replaySeconds,
  });
}

/** Pure. */
export function sampleOfDrill(
  { verdict, backupId, replayed, steps }: Pick<DrillReport, 'verdict' | 'backupId' | 'replayed' | 'steps'>,
  heads: Heads,
): Sample[] {
  if (verdict !== 'passed' || replayed?.whole !== true) return [];
  const replaySeconds = sum(steps.filter(({ name }) => name === 'replay'));
  return sample('drill', heads.get(backupId), {
    ...{ records: replayed.records, replaySeconds },
    otherSeconds: sum(steps) - replaySeconds,
  });
}

function sample(
  kind: Sample['kind'],
  head: Pick<ManifestHead, 'durations'> | undefined,
  took: Omit<Sample, 'kind' | 'backupSeconds'>,
): Sample[] {
  if (head === undefined) return [];
  const backupSeconds = head.durations.dumpSeconds + head.durations.digestSeconds;
  return backupSeconds > 0
    ? [{ kind, backupSeconds, ...took, otherSeconds: Math.max(0, took.otherSeconds) }]
    : [];
}

function sum(list: ReadonlyArray<{ readonly seconds: number }>): number {
  return list.reduce((total, { seconds }) => total + seconds, 0);
}
