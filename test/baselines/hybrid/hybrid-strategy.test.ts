import { expect, it } from 'vitest';
import type { BackupContext } from '../../../src/baselines/backup-context.ts';
import { hybridStrategy } from '../../../src/baselines/hybrid/hybrid-strategy.ts';
import type { BaselineResult, Completion } from '../../../src/baselines/strategy.ts';

const OWN_DUMP: BaselineResult = {
  artifacts: [{ path: 'backups/b/database.dump', bytes: 1, sha256: '0'.repeat(64) }],
  ...{ volumes: [], remarks: [], seconds: 1, verifySeconds: 1 },
};

it('takes one dump where the volumes strategy takes one by itself', async () => {
  let completed = 0;
  const hybrid = hybridStrategy(() => ({
    ...{ name: 'timescale-cloud', dumps: true, makes: ['timescale-cloud'], requireRestorable: () => {} },
    open: async () => ({
      ...{ name: 'timescale-cloud', dumps: true, check: async () => {}, removeOrphans: async () => {} },
      handlers: {},
      begin: () => ({
        atCut: async () => {},
        abandon: async () => {},
        complete: async () => {
          completed += 1;
          return OWN_DUMP;
        },
      }),
    }),
  }));
  const strategy = await hybrid.configure({ volumes: { strategy: 'timescale-cloud', options: {} } }).open();
  expect([strategy.name, strategy.dumps]).toEqual(['hybrid', true]);
  // A second dump would need a database and a vault, and the path of the first.
  const context = {} as BackupContext;
  const completion = { signal: new AbortController().signal } as Completion;
  expect(await strategy.begin(context, 'b').complete(completion)).toEqual(OWN_DUMP);
  expect(completed).toBe(1);
});
