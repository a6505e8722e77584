import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { startHeartbeats } from '../../src/edge/heartbeats.ts';
import { acquireLock, currentOwner } from '../../src/vault/lock.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { waitFor } from '../bed/wait.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';

const executionArn = 'arn:aws:states:eu-west-1:1:execution:backup:one';

function beat(vault: Vault, lockId: string | undefined, answer?: Error) {
  const abandoned: Error[] = [];
  let beats = 0;
  const end = startHeartbeats({
    reporter: {
      heartbeat: async () => {
        beats += 1;
        if (answer !== undefined) throw answer;
      },
      success: async () => {},
      failure: async () => {},
    },
    openVault: async () => vault,
    lockId,
    onAbandoned: (reason) => abandoned.push(reason),
    cancelled: () => new Error('cancelled'),
    intervalMs: 5,
  });
  return { abandoned, beats: () => beats, end };
}

describe('the heartbeats of a task', () => {
  let vault: Vault;

  beforeEach(() => {
    vault = openVault(`file://${temporaryDirectory()}`);
  });

  it('renew the lock of its execution', async () => {
    const { id } = await acquireLock(vault, { purpose: 'backup', executionArn });
    const renewedAt = async () => (await currentOwner(vault))?.renewedAt;
    const before = await renewedAt();
    const { abandoned, end } = beat(vault, id);
    await waitFor('a renewal', async () => (await renewedAt()) !== before);
    end();
    expect(abandoned).toEqual([]);
  });

  it('end a task once, whose lock is gone', async () => {
    const { abandoned, beats, end } = beat(vault, 'gone');
    await waitFor('more beats', () => beats() > 3 && abandoned.length > 0);
    end();
    expect(abandoned.map(({ name }) => name)).toEqual(['LockLostError']);
  });

  it.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])('end a task at %s', async (name) => {
    const { abandoned, end } = beat(vault, undefined, Object.assign(new Error('no'), { name }));
    await waitFor('the end', () => abandoned.length > 0);
    end();
    expect(abandoned.map(({ message }) => message)).toEqual(['cancelled']);
  });

  it('go on where the service only fails', async () => {
    const { abandoned, beats, end } = beat(vault, undefined, new Error('503'));
    await waitFor('more beats', () => beats() > 3);
    end();
    await sleep(0);
    expect(abandoned).toEqual([]);
  });
});
