import { z } from 'zod';
import { readJson } from '../../vault/json-documents.ts';
import { type Vault, VaultPath } from '../../vault/vault.ts';

/** passed: all of it was restored, replayed and proven · skipped: another operation had the server */
const DRILL_VERDICTS = ['passed', 'failed', 'could not verify', 'skipped'] as const;

const drillReportSchema = z.object({
  version: z.literal(1),
  drillId: z.string(),
  backupId: z.string(),
  verdict: z.enum(DRILL_VERDICTS),
  endedAt: z.iso.datetime(),
  steps: z.array(z.object({ name: z.string(), startedAt: z.iso.datetime(), seconds: z.number() })),
  /** Records that were replayed, and those that Kafka held when the replay began. */
  replayed: z.object({ records: z.int(), whole: z.boolean() }).optional(),
  failure: z.object({ error: z.string(), message: z.string() }).optional(),
  ledger: z.unknown().optional(),
  validation: z.unknown().optional(),
  remarks: z.array(z.string()),
});
/** What a drill leaves: the health run tells its age, and plans go by its times. */
export type DrillReport = z.infer<typeof drillReportSchema>;

/** The ids of the drills that have left a report, newest first. @throws VaultReadError */
export async function drillIds(vault: Vault): Promise<string[]> {
  return (await vault.list(VaultPath.drills))
    .map(({ path }) => path.slice(VaultPath.drills.length))
    .filter((rest) => rest.endsWith('/report.json'))
    .map((rest) => rest.split('/')[0] ?? '')
    .sort()
    .reverse();
}

/** @returns undefined where there is none @throws OperatorError where a newer msr wrote it */
export async function readDrillReport(vault: Vault, id: string): Promise<DrillReport | undefined> {
  const hint = 'use the version that wrote it';
  return (await readJson(vault, VaultPath.drillReport(id), drillReportSchema, { hint }))?.value;
}
