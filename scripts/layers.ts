/** `npm run layers`: who may import whom, by the rules of scripts/layers/rules.ts. */
import { fileURLToPath } from 'node:url';
import { checkLayers } from './layers/check-layers.ts';

const { files, imports, findings } = await checkLayers(fileURLToPath(new URL('..', import.meta.url)));
for (const finding of findings) console.error(finding);
console.log(`layers: ${files} files, ${imports} imports, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;
