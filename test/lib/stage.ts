import { Template } from 'aws-cdk-lib/assertions';
import { type Synthesized, synthesize } from '../../lib/assembly/synthesize.ts';
import { type Change, exampleConfig, ROOT } from './config/example.ts';

export interface Stage extends Synthesized {
  /** For assertions, by the last part of the stack's name: `Stateful`. @throws RangeError for a stack that is not there */
  stack(name: string): Template;
}

/** The example's stage with some values changed, synthesized without bundling; every unacknowledged finding throws. */
export function stage(...changes: Change[]): Stage {
  const synthesized = synthesize({
    root: ROOT,
    config: exampleConfig(...changes),
    bundling: false,
    checks: true,
  });
  return {
    ...synthesized,
    stack: (name) => {
      const template = synthesized.templates[name];
      if (template === undefined) throw new RangeError(`there is no stack ${name}`);
      return Template.fromJSON(template as unknown as Record<string, unknown>);
    },
  };
}
