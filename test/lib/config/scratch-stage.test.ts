import { expect, it } from 'vitest';
import { announcement } from '../../../scripts/smoke/announcement.ts';
import { scratchStage } from '../../../scripts/smoke/scratch-config.ts';
import { changedExample } from './example.ts';

it('is the same configuration as another stage, that can be taken away again', () => {
  const { config } = scratchStage('prod.json', changedExample(['production', true]), 'smoke');
  expect(config).toMatchObject({ stage: 'smoke', production: false, vault: { lockDays: 1 } });
  expect(config.vault.replication).toBeUndefined();
});

it('is never the stage that the file describes', () => {
  const same = () => scratchStage('prod.json', changedExample(), 'prod');
  expect(same).toThrow('prod is the stage that prod.json itself describes');
});

it('says beforehand what it costs and what it leaves', () => {
  const { config } = scratchStage('prod.json', changedExample(), 'smoke');
  const said = announcement(config);
  expect(said).toMatch(/costs about \$\d+\.\d\d/);
  for (const left of ['msr-smoke-vault-', 'alias/msr-smoke-vault', 'msr/smoke/az-a'])
    expect(said).toContain(left);
});
