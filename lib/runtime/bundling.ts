import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LAMBDAS = join(ROOT, 'lambdas');

/** How everything is bundled that runs without node_modules: the Lambdas, and the command line. */
export const BUNDLE = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minify: true,
  // Class names are the error names that Catch and Retry match; minified they would be lost.
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  mainFields: ['module', 'main'],
  external: ['pg-native'],
  alias: {
    // This package reads its WebAssembly from a file beside it, which a bundle does not have;
    // its twin carries it within.
    '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled',
    'ajv/dist/2020.js': fileURLToPath(new URL('./lazy-ajv.ts', import.meta.url)),
    // Datadog's client is given Node's own fetch. What it would bring makes Node warn of `punycode`.
    'cross-fetch': 'cross-fetch/dist/browser-ponyfill.js',
  },
  // esbuild's ESM output has no `require`; pg and kafkajs are CommonJS and call it.
  banner: {
    js: "import { createRequire as msrCreateRequire } from 'node:module'; const require = msrCreateRequire(import.meta.url);",
  },
  logLevel: 'warning',
} as const satisfies BuildOptions;

let bundles: string | undefined;

/**
 * The directory that holds a Lambda's bundle. The first call bundles all of them: one run of esbuild for each
 * takes several times as long.
 * @param entry relative to `lambdas/`
 */
export function lambdaBundle(entry: string): string {
  bundles ??= bundleAll();
  return join(bundles, bundleName(entry));
}

/** Where a Lambda's source lies, in place of its bundle, where nobody needs the code. */
export function lambdaSource(entry: string): string {
  return dirname(join(LAMBDAS, entry));
}

/** Into a directory that is gone when the process ends: the CDK has copied it by then. */
function bundleAll(): string {
  const directory = mkdtempSync(join(tmpdir(), 'msr-lambdas-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const entries = globSync('**/*.lambda.ts', { cwd: LAMBDAS });
  // Named as from the checkout, not from that directory: an asset's hash covers the paths in its source map.
  const outdir = join(ROOT, 'bundles');
  const { outputFiles } = buildSync({
    ...BUNDLE,
    entryPoints: entries.map((entry) => ({
      in: join(LAMBDAS, entry),
      out: join(bundleName(entry), 'index'),
    })),
    outdir,
    outExtension: { '.js': '.mjs' },
    write: false,
  });
  for (const { path, contents } of outputFiles) {
    const file = join(directory, relative(outdir, path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  return directory;
}

function bundleName(entry: string): string {
  return entry.replace(/\.lambda\.ts$/, '');
}
