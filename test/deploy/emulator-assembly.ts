import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Aspects, CfnCondition, type CfnResource, Fn, Stack, Validations } from 'aws-cdk-lib';
import { EmulatorAspect, type LeftOut } from './emulator-aspect.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface EmulatorAssembly {
  readonly directory: string;
  readonly stacks: readonly string[];
  /** What the emulator lacks and is not given. */
  readonly leftOut: readonly LeftOut[];
  /** What is otherwise than it will be deployed, one line each. */
  readonly changed: readonly string[];
  /** Container images that nobody builds here. */
  readonly images: number;
}

/** Where the description of an assembly lies: beside its directory. */
export function assemblyFile(directory: string): string {
  return `${directory}.json`;
}

/**
 * Synthesizes once, with the flags of cdk.json, what `build` adds to the app; then fits the assembly to the
 * emulator. The product's own code decides nothing by where it is deployed.
 */
export function synthesizeForEmulator(directory: string, build: (app: App) => void): EmulatorAssembly {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const app = new App({ context, outdir: directory });
  build(app);
  const aspect = new EmulatorAspect(neverHolds);
  Aspects.of(app).add(aspect);
  const assembly = app.synth();
  const images = fitAssets(directory);
  const stacks = assembly.stacks.map(({ id }) => id);
  return { directory, stacks, leftOut: aspect.leftOut, changed: [...aspect.changed], images };
}

const CONDITION_ID = 'NotInEmulator';

function neverHolds(resource: CfnResource): CfnCondition {
  const stack = Stack.of(resource);
  const present = stack.node.tryFindChild(CONDITION_ID);
  if (present instanceof CfnCondition) return present;
  const reason = 'a condition that never holds is what leaves a resource out';
  Validations.of(stack).acknowledge({ id: 'CloudFormation-Validate::W8003', reason });
  return new CfnCondition(stack, CONDITION_ID, { expression: Fn.conditionEquals('emulator', 'aws') });
}

/**
 * Each Lambda's bundle gets the emulator's loop beside it; images, which need a Docker
 * engine, are not published.
 */
function fitAssets(directory: string): number {
  const names = readdirSync(directory);
  for (const name of names.filter((entry) => existsSync(join(directory, entry, 'index.mjs')))) {
    copyFileSync(fileURLToPath(new URL('./bootstrap', import.meta.url)), join(directory, name, 'bootstrap'));
  }
  let images = 0;
  for (const name of names.filter((entry) => entry.endsWith('.assets.json'))) {
    const path = join(directory, name);
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    images += Object.keys(manifest.dockerImages ?? {}).length;
    writeFileSync(path, JSON.stringify({ ...manifest, dockerImages: {} }));
  }
  return images;
}
