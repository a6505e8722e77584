import { OperatorError } from '../core/operator-error.ts';
import type { Look } from '../doctor/look.ts';
import { type JudgeContext, type Judgement, ok, pageWhenSeenAgain, unknown } from './judgement.ts';
import type { DatabaseHealth } from './look-at-database.ts';

/** Connect, log in, read one row of the pointer. Pure. */
export function judgeDatabase(database: Look<DatabaseHealth>, ctx: JudgeContext): Judgement {
  const fault = faultOf(database);
  if (fault !== undefined) return pageWhenSeenAgain('database', fault, ctx);
  if ('error' in database) return unknown(String(database.error));
  return ok(`${database.seen.where} answers, and its snapshot pointer can be read`);
}

function faultOf(database: Look<DatabaseHealth>): Parameters<typeof pageWhenSeenAgain>[1] | undefined {
  if ('error' in database) return errorFault(database.error);
  const { where, inRecovery, readOnly, pointer } = database.seen;
  if (inRecovery) {
    return {
      evidence: [
        `${where} is in recovery: a standby, or a restore that has not ended; nothing can be written`,
      ],
      hint: 'if the primary is lost, promote this one; else name the primary in MSR_DATABASE_URL',
    };
  }
  if (readOnly) {
    return {
      evidence: [`${where} is read-only: default_transaction_read_only is on, and the sink cannot write`],
      hint: "a full disk or an operator set it: see the server's log; `ALTER SYSTEM RESET default_transaction_read_only` and reload",
    };
  }
  if (pointer === undefined) {
    return {
      evidence: [`${where} answers, but msr.snapshot_pointer has no row`],
      hint: 'run SELECT msr.refresh_earliest_snapshot(), or assess with `msr recover --dry-run`',
    };
  }
  return undefined;
}

function errorFault(error: unknown) {
  if (!(error instanceof OperatorError)) {
    const fact = error instanceof Error ? error.message : String(error);
    const hint = 'assess with `msr recover --dry-run`: it says what is left of the database';
    return { evidence: [`the live database cannot be read: ${fact}`], hint } as const;
  }
  return { evidence: [error.message], hint: error.hint } as const;
}
