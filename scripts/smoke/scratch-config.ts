import type { Config } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/load-config.ts';
import { OperatorError } from '../../src/core/operator-error.ts';

/** A stage that is made to be taken away again. */
export interface ScratchStage {
  readonly config: Config;
  /** The file that the CDK is given. */
  readonly text: string;
}

/**
 * The operator's configuration as another stage: with locks of a day that may be lifted, and without a copy.
 * @param file its name, for errors
 * @throws OperatorError where it is the very stage that the file describes; ConfigError for a wrong value
 */
export function scratchStage(file: string, text: string, stage: string): ScratchStage {
  const given = parseConfig(file, text);
  if (given.stage === stage) {
    throw new OperatorError(`${stage} is the stage that ${file} itself describes`, {
      hint: 'name another one: it is deployed, tried and destroyed, e.g. --stage smoke',
    });
  }
  const { vault, ...rest } = JSON.parse(text) as { readonly vault?: Readonly<Record<string, unknown>> };
  const { replication: _, ...kept } = vault ?? {};
  const changed = JSON.stringify(
    { ...rest, stage, production: false, vault: { ...kept, lockDays: 1 } },
    null,
    2,
  );
  return { config: parseConfig(file, changed), text: changed };
}
