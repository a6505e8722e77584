import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type CfnElement, Stack } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { addChecks, buildApp } from '../app.ts';
import type { Config } from '../config/config.ts';
import { EXAMPLE_CONFIG, loadConfig } from '../config/load-config.ts';
import type { InstancePipelines } from '../pipelines-stack.ts';
import type { Template } from './resolve-definition.ts';

export interface SynthesisOptions {
  /**
   * The repository: its cdk.json's flags are used, so that the template is the one that `cdk synth` makes.
   */
  readonly root: string;
  /** @default the example: the definitions depend on the configuration only by names */
  readonly config?: Config;
  /** The cloud assembly's directory. @default a temporary one */
  readonly outdir?: string;
  /** false: the assets are left empty, which takes a tenth of the time. @default true */
  readonly bundling?: boolean;
  /**
   * Whether a finding of cdk-nag or CloudFormation Validate that nobody acknowledged throws.
   * @default false
   */
  readonly checks?: boolean;
}

export interface Synthesized {
  /** The template of the stack with the pipelines. */
  readonly template: Template;
  /** The first instance's state machines: logical ids by operation, as `recovery`. */
  readonly stateMachines: Readonly<Record<string, string>>;
  /** Every stack's, by the last part of its name: `Stateful`, `Pipelines`, … */
  readonly templates: Readonly<Record<string, Template>>;
  /** What the CDK would have to ask an account for: nothing, ever. */
  readonly lookups: readonly string[];
}

/** The stage's templates, made in this process without the CDK's command line, an account or Docker. */
export function synthesize(options: SynthesisOptions): Synthesized {
  const { root, config, outdir, bundling = true, checks = false } = options;
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const skipBundling = bundling ? {} : { 'aws:cdk:bundling-stacks': [] };
  const app = new App({
    context: { ...context, ...skipBundling },
    ...(outdir === undefined ? {} : { outdir }),
  });
  const stage = config ?? loadConfig(join(root, EXAMPLE_CONFIG));
  const { pipelines } = buildApp(app, stage, { imageDirectory: root });
  if (checks) addChecks(app);
  const [first] = pipelines.pipelines;
  const stateMachines = first === undefined ? {} : machinesOf(first);
  const assembly = app.synth();
  const templates = Object.fromEntries(
    assembly.stacks.map(({ stackName, template }) => [stackName.split('-').at(-1), template as Template]),
  );
  const template = assembly.getStackArtifact(pipelines.artifactId).template as Template;
  const lookups = (assembly.manifest.missing ?? []).map(({ key }) => key);
  return { template, stateMachines, templates, lookups };
}

function machinesOf({ backup, verification, recovery, drill }: InstancePipelines): Record<string, string> {
  return {
    backup: idOf(backup.stateMachine),
    verification: idOf(verification.stateMachine),
    recovery: idOf(recovery.stateMachine),
    drill: idOf(drill.stateMachine),
  };
}

function idOf(machine: StateMachine): string {
  return Stack.of(machine).getLogicalId(machine.node.defaultChild as CfnElement);
}

/** The logical ids of the template's resources of one type. */
export function resourcesOf(template: Template, type: string): string[] {
  return Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
}
