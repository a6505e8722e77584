import type { z } from 'zod';
import { OperatorError } from './operator-error.ts';
import { readSettings, type Settings } from './settings.ts';
import { openVault } from './vault/open-vault.ts';
import type { Vault } from './vault/vault.ts';

/** What every Lambda is given beside its event. */
export interface LambdaDeps {
  readonly settings: Settings;
  readonly vault: Vault;
}

/**
 * A Lambda's handler: the event is parsed, the settings are read from the environment, and what is thrown keeps its
 * name (Catch and Retry match it) and carries its HINT in the message, since Lambda reports nothing else of it.
 */
export function lambdaEdge<S extends z.ZodType, A>(
  schema: S,
  work: (event: z.infer<S>, deps: LambdaDeps) => Promise<A>,
): (event: unknown) => Promise<A> {
  return async (event) => {
    try {
      const settings = readSettings(process.env);
      return await work(schema.parse(event), { settings, vault: openVault(settings.vaultUrl) });
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
