/** `npm run docs:monitors`: writes what other monitors watch of an instance that has no name. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { datadogMonitors } from '../src/monitors/datadog-monitors.ts';
import { DEFAULT_INSTANCE } from '../src/monitors/monitor-settings.ts';
import { rulesFile } from '../src/monitors/prometheus-rules.ts';

const of = { instance: DEFAULT_INSTANCE, everyMinutes: 15, runbookUrl: undefined };

function write(name: string, text: string): void {
  writeFileSync(fileURLToPath(new URL(`../docs/${name}`, import.meta.url)), text);
}

write('prometheus-rules.yaml', rulesFile(of));
write('datadog-monitors.json', `${JSON.stringify(datadogMonitors({ ...of, notify: {} }), null, 2)}\n`);
