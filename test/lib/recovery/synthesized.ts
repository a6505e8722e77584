import { fileURLToPath } from 'node:url';
import { type Definition, definitionSchema } from '../../../lambdas/runner/definition.ts';
import { resolveDefinition, type Template } from '../../../lib/recovery/resolve-definition.ts';
import { resourcesOf, synthesizeRecovery } from '../../../lib/recovery/synthesize-recovery.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The template and the definition as they are deployed, without the time to bundle the Lambdas. */
export function synthesized(): { readonly template: Template; readonly definition: Definition } {
  const template = synthesizeRecovery({ root: ROOT, bundling: false });
  const [stateMachineId = ''] = resourcesOf(template, 'AWS::StepFunctions::StateMachine');
  const definition = definitionSchema.parse(JSON.parse(resolveDefinition(template, stateMachineId)));
  return { template, definition };
}
