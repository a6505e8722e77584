import { DAY_MS, type FrequencyRow } from './frequency.ts';
import { decideRetention, type RetentionTiers } from './tiers.ts';

/** How the tiers overlap depends on the day: these are spread over months and weeks. */
const DAYS_LOOKED_AT = [0, 5, 11, 18, 40, 67, 100].map((day) => Date.UTC(2026, 0, 1, 4) + day * DAY_MS);

/**
 * How many backups stand in the vault at once at most, when the tiers have filled: found by playing the
 * schedule, since the tiers overlap.
 * @param replayWindowMs as decideRetention's
 */
export function keptBackups(
  tiers: RetentionTiers,
  { intervalMs }: Pick<FrequencyRow, 'intervalMs'>,
  replayWindowMs: number,
): number {
  return Math.max(...DAYS_LOOKED_AT.map((now) => keptOn(now, tiers, intervalMs, replayWindowMs)));
}

function keptOn(now: number, tiers: RetentionTiers, intervalMs: number, replayWindowMs: number): number {
  const horizon = (Math.max(tiers.daily, tiers.weekly * 7, tiers.monthly * 31) + 31) * DAY_MS;
  const newest = Math.ceil(Math.max(replayWindowMs, DAY_MS) / DAY_MS) * DAY_MS;
  const ages = new Set<number>();
  for (let age = 0; age < newest; age += intervalMs) ages.add(age);
  // Beyond the window only one of a day can be kept.
  for (let age = newest; age <= horizon; age += DAY_MS) ages.add(age);
  const backups = [...ages].map((age) => ({
    id: String(age),
    takenAt: new Date(now - age).toISOString(),
    state: 'complete' as const,
    foundDamaged: undefined,
  }));
  const input = { backups, tiers, uses: [], replayWindowMs, timeZone: 'UTC', now: new Date(now) };
  return decideRetention(input).filter(({ verdict }) => verdict === 'keep').length;
}
