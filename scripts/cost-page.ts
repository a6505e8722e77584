/** `npm run docs:cost`: writes docs/cost.md from the prices and the model. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { costPage } from './cost/cost-page.ts';

writeFileSync(fileURLToPath(new URL('../docs/cost.md', import.meta.url)), costPage());
