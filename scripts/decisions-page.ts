/** `npm run docs:decisions`: writes docs/adr/README.md from the decisions. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decisionsPage, readDecisions } from './decisions/decisions-page.ts';

writeFileSync(
  fileURLToPath(new URL('../docs/adr/README.md', import.meta.url)),
  decisionsPage(readDecisions()),
);
