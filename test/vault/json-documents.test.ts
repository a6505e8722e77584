import { expect, it } from 'vitest';
import { z } from 'zod';
import { readJson, writeJson } from '../../src/vault/json-documents.ts';
import { temporaryVault } from './temporary-vault.ts';

const schema = z.object({ id: z.string() });
const refusal = { what: 'is no such thing', hint: 'look at it' };

it('writes what people can read, and reads it back with its tag', async () => {
  const { vault } = temporaryVault();
  const etag = await writeJson(vault, 'a.json', { id: 'one' }, { ifAbsent: true });
  expect((await vault.readDocument('a.json'))?.content).toBe('{\n  "id": "one"\n}\n');
  expect(await readJson(vault, 'a.json', schema, refusal)).toEqual({ value: { id: 'one' }, etag });
  expect(await writeJson(vault, 'a.json', { id: 'two' }, { ifAbsent: true })).toBeUndefined();
});

it('tells nothing from something else', async () => {
  const { vault } = temporaryVault();
  expect(await readJson(vault, 'a.json', schema, refusal)).toBeUndefined();
  for (const content of ['{"id": 7}', 'no JSON']) {
    await vault.writeDocument('a.json', content);
    await expect(readJson(vault, 'a.json', schema, refusal)).rejects.toMatchObject({
      message: `a.json in the vault ${vault.url} is no such thing`,
      hint: 'look at it',
    });
  }
});
