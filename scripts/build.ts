/**
 * `npm run build`: dist/ holds the command line's bundle, which is the container's entry point, too.
 * Beside it lie the state machines' synthesized definitions, with their references resolved, and the
 * Lambda assets that they name.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { resolveDefinition, type Template } from '../lib/assembly/resolve-definition.ts';
import { resourcesOf, type Synthesized, synthesize } from '../lib/assembly/synthesize.ts';
import { BUNDLE } from '../lib/runtime/bundling.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

async function bundleCommandLine(directory: string): Promise<void> {
  await build({
    entryPoints: {
      index: join(root, 'bin', 'msr.ts'),
      'replay-thread': join(root, 'src', 'recovery', 'replay', 'lane-thread.main.ts'),
    },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    // A task or command loads what it runs, not what all of them could: half of the bytes.
    splitting: true,
    ...BUNDLE,
  });
}

function writeDefinitions({ template, stateMachines }: Synthesized, assets: string, directory: string): void {
  const definitions = Object.entries(stateMachines).map(([operation, id]) => {
    const definition = JSON.stringify(JSON.parse(resolveDefinition(template, id)), null, 2);
    writeFileSync(join(directory, `${operation}.asl.json`), `${definition}\n`);
    return definition;
  });
  const isNamed = (id: string) => definitions.some((definition) => definition.includes(`function:${id}"`));
  const bundles = resourcesOf(template, 'AWS::Lambda::Function').flatMap((id) => {
    const asset = assetOf(template, id);
    // Functions that CDK itself adds hold their code in the template or in CDK's own assets.
    if (asset === undefined || !isNamed(id)) return [];
    const bundle = join(directory, 'lambdas', id);
    cpSync(join(assets, `asset.${asset}`), bundle, { recursive: true });
    const sha256 = createHash('sha256')
      .update(readFileSync(join(bundle, 'index.mjs')))
      .digest('hex');
    return [[id, { asset, sha256 }] as const];
  });
  writeFileSync(join(directory, 'bundles.json'), `${JSON.stringify(Object.fromEntries(bundles), null, 2)}\n`);
}

/** The asset's hash, which names its directory in the cloud assembly. */
function assetOf(template: Template, functionId: string): string | undefined {
  const code = template.Resources[functionId]?.Properties?.['Code'] as { S3Key?: string } | undefined;
  return code?.S3Key?.replace(/\.zip$/, '');
}

async function main(): Promise<void> {
  const started = performance.now();
  console.log('building dist/: the command line, the Lambdas and the state machines; about 10 s');
  const scratch = mkdtempSync(join(tmpdir(), 'msr-build-'));
  const staged = join(root, `dist.${process.pid}`);
  try {
    mkdirSync(join(staged, 'lambdas'), { recursive: true });
    await bundleCommandLine(join(staged, 'msr'));
    writeDefinitions(synthesize({ root, outdir: scratch }), scratch, staged);
    // A build that fails leaves the one before it.
    rmSync(dist, { recursive: true, force: true });
    renameSync(staged, dist);
    console.log(`built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(staged, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(`build: dist/ could not be built: ${error instanceof Error ? error.stack : error}`);
  console.error(
    'HINT: run `npm ci`, then `npm run build`; `npm ci --ignore-scripts` installs without building',
  );
  process.exitCode = 1;
});
