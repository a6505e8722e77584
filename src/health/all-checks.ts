import { look } from '../doctor/look.ts';
import type { CheckName } from './checks.ts';
import type { HealthContext } from './health-context.ts';
import { judgeDatabase } from './judge-database.ts';
import { judgeSnapshot } from './judge-snapshot.ts';
import { judgeSpace } from './judge-space.ts';
import type { Judgement } from './judgement.ts';
import { vaultSpace } from './look-at-vault.ts';

/**
 * One check: looks, and judges what it saw. What it throws makes it unknown.
 * @param signal aborted when its time is over
 */
type Check = (ctx: HealthContext, signal: AbortSignal) => Promise<Judgement>;

export const ALL_CHECKS: Readonly<Partial<Record<CheckName, Check>>> = {
  database: async (ctx) => judgeDatabase(await look(ctx.looks.database), ctx),
  'snapshot-fresh': async (ctx) => judgeSnapshot(await ctx.looks.database()),
  'vault-space': async (ctx) =>
    judgeSpace(await vaultSpace(ctx.vault), {
      what: `the vault ${ctx.vault.url}`,
      pagePercent: 20,
      value: 'VaultFreePercent',
      hint: 'make it larger, or keep fewer backups (MSR_KEEP_DAILY, MSR_KEEP_WEEKLY, MSR_KEEP_MONTHLY): `msr backups prune --dry-run` says which',
    }),
};
