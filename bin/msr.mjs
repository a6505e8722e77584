#!/usr/bin/env node
// The operator's command line, as `npx msr`. The bundle is built by `npm run build` (and by `npm ci`).
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

// What the bundles are built for: an older one fails in the middle of a recovery.
const OLDEST_NODE = 22;
if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  console.error(
    `msr: this is Node ${process.versions.node}; msr needs ${OLDEST_NODE} or newer.\nHINT: run it as \`npx msr\` in the checkout, which brings its own Node.`,
  );
  process.exit(2);
}

const bundle = new URL('../dist/msr/index.mjs', import.meta.url);
if (!existsSync(fileURLToPath(bundle))) {
  console.error(
    'msr: the bundle dist/msr/index.mjs is not there.\nHINT: run `npm run build` in the checkout first.',
  );
  process.exit(2);
}
// Beside the bundle, where whoever may write may change the bundle, too; where nobody may, nothing is kept.
nodeModule.enableCompileCache?.(fileURLToPath(new URL('../dist/compiled', import.meta.url)));
await import(bundle.href);
