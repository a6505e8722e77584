import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { costPage } from '../../scripts/cost/cost-page.ts';
import { monthlyCost } from '../../scripts/cost/monthly-cost.ts';

it('docs/cost.md is what the prices and the model give; `npm run docs:cost` writes it', () => {
  expect(readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8')).toBe(costPage());
});

it("stores the playbook's 30 GB a backup as often as tiers and Object Lock keep it", () => {
  const [storage] = monthlyCost({
    name: 'x',
    words: '',
    instances: 1,
    databaseGb: 100,
    frequency: 'daily',
    replicated: false,
    endpointZones: 0,
  });
  expect(storage).toEqual({
    what: 'S3, backups',
    dollars: expect.closeTo(31 * 30 * 0.023, 6),
    arithmetic: '31 backups × 30 GB = 930 GB × $0.023',
  });
});
