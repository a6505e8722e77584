import type { z } from 'zod';
import { foreseen } from '../clients/foreseen.ts';
import { renewSecret } from '../clients/secrets.ts';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { type Progress, silentProgress } from '../core/progress.ts';
import { withFreshSecrets } from '../settings/edge-environment.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { openVault } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';

/** What every Lambda works with beside its event. */
export interface LambdaContext {
  readonly settings: Settings;
  readonly vault: Vault;
  /**
   * Lines of the Lambda's log. On one machine there is none: the command line tells
   * what the operator is to know.
   */
  readonly progress: Progress;
  /**
   * Aborted shortly before the Lambda's time is over: what is told by then is told by us, not by a time-out.
   */
  readonly signal: AbortSignal;
  /** What the settings were read from: some Lambdas have variables of their own. */
  readonly env: Environment;
  /**
   * The Lambda's own ARN, which no variable can hold: it would depend on itself. undefined on one machine.
   */
  readonly functionArn: string | undefined;
}

/** What AWS hands over with an event; nothing where a handler runs on one machine. */
export interface Invocation {
  readonly invokedFunctionArn?: string;
  /** Milliseconds. */
  readonly getRemainingTimeInMillis?: () => number;
}

/** The Lambda's time is nearly over. */
class LambdaDeadlineError extends OperatorError {
  override readonly name = 'LambdaDeadlineError';

  constructor() {
    super('the time of this Lambda is nearly over', {
      hint: 'look what it was waiting for; it may be run again',
    });
  }
}

/** What is left to end in order: a fifth of the time, a minute at the most. */
export function workMs(remainingMs: number): number {
  return Math.max(0, remainingMs - Math.min(60_000, remainingMs / 5));
}

/**
 * A Lambda's handler. The event is parsed. The settings are read from the environment and the secret that it
 * names: anew each time, and once more where it was rotated meanwhile, since a step may be run again. What
 * is thrown keeps its name, which Catch and Retry match. Its HINT goes into the message, since Lambda
 * reports nothing else of it.
 */
export function lambdaEdge<S extends z.ZodType, A>(
  schema: S,
  work: (event: z.infer<S>, ctx: LambdaContext) => Promise<A>,
): (event: unknown, invocation?: Invocation) => Promise<A> {
  return async (event, invocation = {}) => {
    const deadline = startDeadline(invocation);
    try {
      const parsed = schema.parse(event);
      await renewSecret(process.env);
      return await withFreshSecrets(process.env, async (env) => {
        const settings = readSettings(env);
        return await work(parsed, {
          settings,
          vault: openVault(settings.vaultUrl),
          progress: invocation.invokedFunctionArn === undefined ? silentProgress : LOG,
          signal: deadline.signal,
          env,
          functionArn: invocation.invokedFunctionArn,
        });
      });
    } catch (error) {
      throw withHintInMessage(error);
    } finally {
      deadline.end();
    }
  };
}

/** The Lambda's own logger makes a JSON line of each. Updates come many times a second and are no log. */
const LOG: Progress = { ...silentProgress, note: (message) => console.log(message) };

function startDeadline({ getRemainingTimeInMillis }: Invocation): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const { signal } = controller;
  if (getRemainingTimeInMillis === undefined) return { signal, end: () => {} };
  const expire = () => controller.abort(new LambdaDeadlineError());
  const timer = setTimeout(expire, workMs(getRemainingTimeInMillis()));
  return { signal, end: () => clearTimeout(timer) };
}

/** Lambda reports name and message of what is thrown, and nothing else: the HINT goes in. */
export function withHintInMessage(error: unknown): unknown {
  const known = foreseen(error);
  if (known === undefined || !(error instanceof Error)) return error;
  const told = new Error(known.format(), { cause: error });
  told.name = error.name;
  return told;
}
