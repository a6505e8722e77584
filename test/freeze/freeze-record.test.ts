import { describe, expect, it } from 'vitest';
import {
  createFreeze,
  deleteFreeze,
  newFreezeRecord,
  readFreeze,
  updateFreeze,
} from '../../src/freeze/freeze-record.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const freeze = { connector: 'cdc/sink', purpose: 'backup', owner: 'b1', found: 'RUNNING' } as const;

describe('a freeze record', () => {
  it('is written once, changed by whoever read it last, and deleted by its own freeze only', async () => {
    const { vault } = temporaryVault();
    const first = await createFreeze(vault, newFreezeRecord(freeze));
    if (first === undefined) throw new Error('not written');
    expect(await createFreeze(vault, newFreezeRecord(freeze))).toBeUndefined();
    const correction = { offsets: [{ topic: 't', partition: 0, offset: 5 }] };
    const second = await updateFreeze(vault, first, { correction });
    expect(await readFreeze(vault, freeze.connector)).toEqual(second);
    await expect(updateFreeze(vault, first, {})).rejects.toMatchObject({ name: 'FreezeTakenOverError' });
    await deleteFreeze(vault, newFreezeRecord(freeze));
    expect(await readFreeze(vault, freeze.connector)).toEqual(second);
    await deleteFreeze(vault, first.record);
    expect(await readFreeze(vault, freeze.connector)).toBeUndefined();
  });

  it('of another version is refused, not overwritten', async () => {
    const { vault } = temporaryVault();
    await vault.writeDocument(VaultPath.freeze('sink'), '{"version":9}');
    await expect(readFreeze(vault, 'sink')).rejects.toThrow('is not a freeze record of this msr');
  });
});
