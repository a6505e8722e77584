import { fileURLToPath } from 'node:url';
import { resolveDefinition, type Template } from '../../lib/assembly/resolve-definition.ts';
import { type Synthesized, synthesize } from '../../lib/assembly/synthesize.ts';
import type { Config } from '../../lib/config/config.ts';
import { type Definition, definitionSchema } from '../../src/runner/definition.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The example stage's templates as they are deployed, without the time to bundle the Lambdas. */
export function synthesizedStage(config?: Config): Synthesized {
  return synthesize({ root: ROOT, bundling: false, ...(config && { config }) });
}

/** The template and the definition of one operation's state machine. */
export function synthesized(
  operation = 'recovery',
  config?: Config,
): {
  readonly template: Template;
  readonly definition: Definition;
} {
  const { template, stateMachines } = synthesizedStage(config);
  const id = stateMachines[operation] ?? '';
  return { template, definition: definitionSchema.parse(JSON.parse(resolveDefinition(template, id))) };
}
