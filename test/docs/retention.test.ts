import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { retentionTable } from '../../scripts/retention-table.ts';
import { DEFAULT_TIERS } from '../../src/retention/tiers.ts';

it('docs/retention.md has the matrix and the tiers of the code', () => {
  const text = readFileSync(new URL('../../docs/retention.md', import.meta.url), 'utf8');
  expect(text).toContain(`<!-- matrix -->\n${retentionTable()}\n`);
  const { daily, weekly, monthly } = DEFAULT_TIERS;
  expect(text.replaceAll('\n', ' ')).toContain(`last ${daily} days, ${weekly} weeks and ${monthly} months`);
});
