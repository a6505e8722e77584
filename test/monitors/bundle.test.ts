import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { BUNDLE } from '../../lib/runtime/bundling.ts';
import { run } from '../bed/run.ts';
import { API_KEY, startDatadog } from './datadog-recorder.ts';

const directory = mkdtempSync(join(tmpdir(), 'msr-datadog-'));
afterAll(() => rmSync(directory, { recursive: true }));

it("Datadog's client takes a megabyte of the command line, and cron's mail nothing of it", async () => {
  const outfile = join(directory, 'datadog.mjs');
  await build({ ...BUNDLE, sourcemap: false, entryPoints: ['src/clients/datadog/submit.ts'], outfile });
  expect(statSync(outfile).size).toBeLessThan(1.2 * 2 ** 20);
  const datadog = await startDatadog();
  const access = JSON.stringify({ url: datadog.url, apiKey: API_KEY });
  const submission = '{ host: "host", metrics: [], checks: [] }';
  const program = `
    import { submitToDatadog } from ${JSON.stringify(outfile)};
    process.on('warning', (warning) => { console.log(String(warning)); });
    await submitToDatadog(${access}, ${submission}, AbortSignal.timeout(10_000));
    console.log('told');`;
  expect(await run(process.execPath, ['--input-type=module', '-e', program])).toBe('told\n');
  expect(datadog.requests()).toBe(2);
  await datadog.stop();
});
