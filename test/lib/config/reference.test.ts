import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configurationReference } from '../../../lib/config/reference.ts';
import { ROOT } from './example.ts';

it('docs/configuration.md is what the schema says', () => {
  const written = readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8');
  expect(written, 'run `npm run docs:configuration`').toBe(configurationReference());
});

it('describes every key', () => {
  const [ours = ''] = configurationReference().split('## `instances[].strategy.options`');
  expect(ours.match(/^\| `.*\| –/gm)).toBeNull();
});
