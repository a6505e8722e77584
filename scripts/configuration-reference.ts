/** `npm run docs:configuration`: writes docs/configuration.md from the schema. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationReference } from '../lib/config/reference.ts';

writeFileSync(fileURLToPath(new URL('../docs/configuration.md', import.meta.url)), configurationReference());
