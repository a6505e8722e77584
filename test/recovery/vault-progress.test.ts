import { expect, it } from 'vitest';
import { z } from 'zod';
import { poll } from '../../lambdas/poll.ts';
import { readRecoveryDocument } from '../../lambdas/recovery/documents.ts';
import { bothProgress, vaultProgress } from '../../lambdas/recovery/vault-progress.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { RECOVERY_ID } from './plan/sample-assessment.ts';

it('keeps notes and figures in the vault, without a write for each of them', async () => {
  const { vault } = temporaryVault();
  let writes = 0;
  const counting = Object.assign(Object.create(vault), {
    writeDocument: async (path: string, content: string) => {
      writes += 1;
      return await vault.writeDocument(path, content);
    },
  });
  const progress = vaultProgress(counting, RECOVERY_ID);
  progress.note('replay');
  for (let done = 0; done < 1000; done += 1) progress.update({ activity: 'replay', done, unit: 'events' });
  const read = () =>
    readRecoveryDocument(vault, RECOVERY_ID, 'progress', z.object({ notes: z.array(z.string()) }));
  const document = await poll(read, { deadlineMs: 5_000 });
  expect(document?.notes).toEqual([expect.stringContaining(' replay')]);
  expect(writes).toBe(1);
});

it('tells both who listen', () => {
  const heard: string[] = [];
  const listener = (name: string) => ({
    note: (message: string) => heard.push(`${name} ${message}`),
    update: ({ done }: { done: number }) => heard.push(`${name} ${done}`),
  });
  const both = bothProgress(listener('a'), listener('b'));
  both.note('begins');
  both.update({ activity: 'x', done: 1, unit: 'steps' });
  expect(heard).toEqual(['a begins', 'b begins', 'a 1', 'b 1']);
});
