import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildApp, type StageStacks } from '../../lib/app.ts';
import { type Synthesized, synthesize } from '../../lib/assembly/synthesize.ts';
import { type Change, exampleConfig, ROOT } from './config/example.ts';

export interface Stage extends Synthesized {
  /**
   * For assertions, by the last part of the stack's name: `Stateful`.
   * @throws RangeError for a stack that is not there
   */
  stack(name: string): Template;
}

/**
 * The example's stage with some values changed, synthesized without bundling and without cdk-nag, which
 * test/lib/checks.test.ts runs. Seconds of work: call it outside of a test, which has a timeout.
 */
export function stage(...changes: Change[]): Stage {
  const synthesized = synthesize({ root: ROOT, config: exampleConfig(...changes), bundling: false });
  return {
    ...synthesized,
    stack: (name) => {
      const template = synthesized.templates[name];
      if (template === undefined) throw new RangeError(`there is no stack ${name}`);
      return Template.fromJSON(template as unknown as Record<string, unknown>);
    },
  };
}

/** As `stage`, before it is synthesized: for what is said about it. */
export function builtStage(...changes: Change[]): StageStacks {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  return buildApp(app, exampleConfig(...changes), { imageDirectory: ROOT });
}
