import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveDefinition } from '../../../lib/assembly/resolve-definition.ts';
import { synthesize } from '../../../lib/assembly/synthesize.ts';
import { ROOT } from '../synthesized.ts';

const outdir = mkdtempSync(join(tmpdir(), 'msr-bundles-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

const dist = (...path: string[]) => join(ROOT, 'dist', ...path);
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

describe('what `npm run build` left in dist/', () => {
  const { template, stateMachines } = synthesize({ root: ROOT, outdir });

  it.each(Object.entries(stateMachines))('is the definition that is deployed: %s', (operation, id) => {
    const built = JSON.parse(readFileSync(dist(`${operation}.asl.json`), 'utf8'));
    expect(built, 'run `npm run build`').toEqual(JSON.parse(resolveDefinition(template, id)));
  });

  it('holds, byte for byte, the assets that the deployed functions name', () => {
    const built: Record<string, { asset: string; sha256: string }> = JSON.parse(
      readFileSync(dist('bundles.json'), 'utf8'),
    );
    expect(Object.keys(built).sort()).toEqual(readdirSync(dist('lambdas')).sort());
    for (const [id, bundle] of Object.entries(built)) {
      const code = template.Resources[id]?.Properties?.['Code'];
      expect(code, 'run `npm run build`').toMatchObject({ S3Key: `${bundle.asset}.zip` });
      expect(sha256(dist('lambdas', id, 'index.mjs'))).toBe(bundle.sha256);
      expect(sha256(join(outdir, `asset.${bundle.asset}`, 'index.mjs'))).toBe(bundle.sha256);
    }
  });
});
