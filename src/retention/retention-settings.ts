import { z } from 'zod';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { BACKUP_FREQUENCIES, type BackupFrequency, HOUR_MS } from './frequency.ts';
import { DEFAULT_TIERS, type RetentionTiers } from './tiers.ts';

/** What an operator may decide about retention; all of it has a default. */
export interface RetentionSettings {
  readonly tiers: RetentionTiers;
  /** undefined: as the backups in the vault show it, otherwise daily. */
  readonly frequency: BackupFrequency | undefined;
  /** The longest outage that nobody may react to; undefined: the matrix's own. */
  readonly bufferMs: number | undefined;
}

const count = z.coerce.number().int().min(0).max(1000);

const schema = z.object({
  MSR_KEEP_DAILY: count.default(DEFAULT_TIERS.daily),
  MSR_KEEP_WEEKLY: count.default(DEFAULT_TIERS.weekly),
  MSR_KEEP_MONTHLY: count.default(DEFAULT_TIERS.monthly),
  MSR_BACKUP_FREQUENCY: z.enum(BACKUP_FREQUENCIES).optional(),
  MSR_OUTAGE_HOURS: z.coerce.number().positive().max(8760).optional(),
});

/** The variables that a deployment sets and a flag of `msr backups prune` overwrites. */
export type RetentionVariable = keyof typeof schema.shape;

/** @throws OperatorError naming the first variable that is wrong, with its value: none of them is secret */
export function readRetentionSettings(env: Environment): RetentionSettings {
  const parsed = schema.safeParse(env);
  if (!parsed.success) throw invalid(parsed.error, env);
  const values = parsed.data;
  return {
    tiers: {
      daily: values.MSR_KEEP_DAILY,
      weekly: values.MSR_KEEP_WEEKLY,
      monthly: values.MSR_KEEP_MONTHLY,
    },
    frequency: values.MSR_BACKUP_FREQUENCY,
    bufferMs: values.MSR_OUTAGE_HOURS === undefined ? undefined : values.MSR_OUTAGE_HOURS * HOUR_MS,
  };
}

function invalid(error: z.ZodError, env: Environment): OperatorError {
  const [issue] = error.issues;
  const variable = String(issue?.path[0]);
  return new OperatorError(`${variable} is ${JSON.stringify(env[variable])}: ${issue?.message}`, {
    hint: 'the README lists the variables of retention with their values; nothing was deleted',
  });
}
