import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { RecoveryStack } from './recovery-stack.ts';
import type { Template } from './resolve-definition.ts';

export interface SynthesisOptions {
  /** The repository: its cdk.json's flags are used, so that the template is the one that `cdk synth` makes. */
  readonly root: string;
  /** The cloud assembly's directory. @default a temporary one */
  readonly outdir?: string;
  /** false: the assets are left empty, which takes a tenth of the time. @default true */
  readonly bundling?: boolean;
}

/** The recovery's template, made in this process without the CDK's command line, an account or Docker. */
export function synthesizeRecovery({ root, outdir, bundling = true }: SynthesisOptions): Template {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const skipBundling = bundling ? {} : { 'aws:cdk:bundling-stacks': [] };
  const app = new App({
    context: { ...context, ...skipBundling },
    ...(outdir === undefined ? {} : { outdir }),
  });
  const { artifactId } = new RecoveryStack(app, 'MsrRecovery', { imageDirectory: root });
  return app.synth().getStackArtifact(artifactId).template as Template;
}

/** The logical ids of the template's resources of one type. */
export function resourcesOf(template: Template, type: string): string[] {
  return Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
}
