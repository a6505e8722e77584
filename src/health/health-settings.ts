import { z } from 'zod';
import { withAuthorities } from '../clients/database-tls.ts';
import { CA_FILE_VARIABLE } from '../clients/trusted-authorities.ts';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { zonesText } from '../settings/zones.ts';

/** What an operator may decide about the health checks; all of it has a default. */
export interface HealthSettings {
  /** URLs of the databases of the other zones, by the zones' names: they hold passwords. */
  readonly zones: ReadonlyMap<string, string>;
  /** Bytes that the vault may take where it has no limit of its own; undefined: it has none. */
  readonly vaultBudgetBytes: number | undefined;
  /** Whether a task of the sink that FAILED is started once more. */
  readonly restartsTasks: boolean;
}

const schema = z.object({
  MSR_ZONES: zonesText.prefault('{}'),
  MSR_VAULT_BUDGET_GIB: z.coerce.number().positive().optional(),
  MSR_RESTART_FAILED_TASKS: z.stringbool().default(false),
});

/** The variables, for a test that the README lists them. @internal */
export const HEALTH_SETTING_NAMES = Object.keys(schema.shape);

/** @throws OperatorError naming the first variable that is wrong; never its value, which may be secret */
export function readHealthSettings(env: Environment): HealthSettings {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new OperatorError(`${String(issue?.path[0])} is not valid: ${issue?.message}`, {
      hint: 'the README lists the variables of the health checks with their values',
    });
  }
  const { MSR_ZONES, MSR_VAULT_BUDGET_GIB: budget, MSR_RESTART_FAILED_TASKS } = parsed.data;
  const caFile = env[CA_FILE_VARIABLE];
  return {
    zones: new Map(Object.entries(MSR_ZONES).map(([name, { url }]) => [name, withAuthorities(url, caFile)])),
    vaultBudgetBytes: budget === undefined ? undefined : budget * 2 ** 30,
    restartsTasks: MSR_RESTART_FAILED_TASKS,
  };
}
