import type { z } from 'zod';
import { renewSecret } from '../clients/secrets.ts';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { withFreshSecrets } from '../settings/edge-environment.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { openVault } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';

/** What every Lambda is given beside its event. */
export interface LambdaDeps {
  readonly settings: Settings;
  readonly vault: Vault;
  /** What the settings were read from: some Lambdas have variables of their own. */
  readonly env: Environment;
}

/**
 * A Lambda's handler: the event is parsed, the settings are read from the environment and the secret that it names
 * (anew each time, and once more where it was rotated meanwhile: a step may be run again), and what is thrown keeps its
 * name (Catch and Retry match it) and carries its HINT in the message, since Lambda reports nothing else of it.
 */
export function lambdaEdge<S extends z.ZodType, A>(
  schema: S,
  work: (event: z.infer<S>, deps: LambdaDeps) => Promise<A>,
): (event: unknown) => Promise<A> {
  return async (event) => {
    try {
      const parsed = schema.parse(event);
      await renewSecret(process.env);
      return await withFreshSecrets(process.env, async (env) => {
        const settings = readSettings(env);
        return await work(parsed, { settings, vault: openVault(settings.vaultUrl), env });
      });
    } catch (error) {
      throw withHintInMessage(error);
    }
  };
}

function withHintInMessage(error: unknown): unknown {
  if (!(error instanceof OperatorError)) return error;
  const told = new Error(error.format(), { cause: error });
  told.name = error.name;
  return told;
}
