import { expect, it } from 'vitest';
import { poll } from '../../../src/core/poll.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../../../src/recovery/documents.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { progressSchema } from '../../../src/recovery/status/progress-document.ts';
import { bothProgress, vaultProgress } from '../../../src/recovery/status/vault-progress.ts';
import { VaultPath } from '../../../src/vault/vault.ts';
import { temporaryVault } from '../../vault/temporary-vault.ts';
import { assessment, RECOVERY_ID, request } from '../plan/sample-assessment.ts';

it('keeps notes and figures in the vault, without a write for each of them, and a page of them', async () => {
  const { vault } = temporaryVault();
  await writeRecoveryDocument(vault, RECOVERY_ID, 'plan', planRecovery(assessment(), request(), RECOVERY_ID));
  const written: string[] = [];
  const writeDocument = vault.writeDocument.bind(vault);
  vault.writeDocument = async (path, content) => {
    written.push(path);
    return await writeDocument(path, content);
  };
  const progress = vaultProgress(vault, RECOVERY_ID);
  progress.note('replay from postgres://msr:hunter2@db/msr');
  for (let done = 0; done < 1000; done += 1) progress.update({ activity: 'replay', done, unit: 'events' });
  const page = await poll(() => vault.readDocument(VaultPath.recoveryPage(RECOVERY_ID)), {
    deadlineMs: 5_000,
  });
  const document = await readRecoveryDocument(vault, RECOVERY_ID, 'progress', progressSchema);
  expect(document?.notes).toEqual([expect.stringContaining(' replay from postgres://msr:***@db/msr')]);
  expect(page?.content).toContain('replay from postgres://msr:***@db/msr');
  expect(written).toEqual([
    VaultPath.recoveryDocument(RECOVERY_ID, 'progress'),
    VaultPath.recoveryPage(RECOVERY_ID),
  ]);
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
