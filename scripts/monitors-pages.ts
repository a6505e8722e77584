/** `npm run docs:monitors`: writes what other monitors watch of an instance that has no name. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEFAULT_INSTANCE } from '../src/monitors/monitor-settings.ts';
import { rulesFile } from '../src/monitors/prometheus-rules.ts';

const of = { instance: DEFAULT_INSTANCE, everyMinutes: 15, runbookUrl: undefined };
writeFileSync(fileURLToPath(new URL('../docs/prometheus-rules.yaml', import.meta.url)), rulesFile(of));
