#!/usr/bin/env node
// The operator's command line, as `npx msr`. The bundle is built by `npm run build` (and by `npm ci`).
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundle = new URL('../dist/msr/index.mjs', import.meta.url);
if (!existsSync(fileURLToPath(bundle))) {
  console.error(
    'msr: the bundle dist/msr/index.mjs is not there.\nHINT: run `npm run build` in the checkout first.',
  );
  process.exit(2);
}
await import(bundle.href);
