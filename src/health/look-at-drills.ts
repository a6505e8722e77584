import { z } from 'zod';
import { readRecoveryDocument } from '../recovery/documents.ts';
import { drillIds } from '../recovery/drill/drill-report.ts';
import { recoveriesWith } from '../recovery/plan/recoveries.ts';
import { readJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

/** A recovery that was carried to its end, drilled or real. */
export interface DrillRecord {
  readonly id: string;
  readonly kind: 'drill' | 'recovery';
  readonly endedAt: string;
  readonly verdict: string;
  /** All of it was proven. */
  readonly passed: boolean;
  /** All steps together; 0: not told. */
  readonly seconds: number;
}

const endSchema = z.object({
  endedAt: z.iso.datetime(),
  verdict: z.string(),
  steps: z.array(z.object({ seconds: z.number() })).default([]),
});

/** The last ones of each kind; older ones say little of today. */
const LOOKED_AT = 20;
/** What a drill and a recovery end with where everything was proven. */
const GREEN: ReadonlySet<string> = new Set(['recovered', 'passed']);

/**
 * The last drills and recoveries, newest first; reports that are none of ours are left out. @throws
 * VaultReadError
 */
export async function lookAtDrills(vault: Vault): Promise<DrillRecord[]> {
  const recoveries = (await recoveriesWith(vault, 'report')).slice(0, LOOKED_AT);
  const drills = (await drillIds(vault)).slice(0, LOOKED_AT);
  const found = await Promise.all([
    ...recoveries.map(async (id) =>
      recordOf('recovery', id, await readRecoveryDocument(vault, id, 'report', endSchema)),
    ),
    ...drills.map(async (id) => {
      const read = await readJson(vault, VaultPath.drillReport(id), endSchema, {
        hint: 'use the version that wrote it',
      });
      return recordOf('drill', id, read?.value);
    }),
  ]);
  return found.flat().sort((a, b) => (a.endedAt > b.endedAt ? -1 : 1));
}

function recordOf(
  kind: DrillRecord['kind'],
  id: string,
  end: z.infer<typeof endSchema> | undefined,
): DrillRecord[] {
  // One that made room for another operation says nothing of recoveries.
  if (end === undefined || end.verdict === 'skipped') return [];
  const { endedAt, verdict, steps } = end;
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  return [{ kind, id, endedAt, verdict, passed: GREEN.has(verdict), seconds }];
}
