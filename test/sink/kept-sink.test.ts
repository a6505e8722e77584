import { describe, expect, it } from 'vitest';
import { forgetKeptSink, keepSink, readKeptSink, requireKeepable } from '../../src/sink/kept-sink.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const config = {
  'connector.class': 'x.Sink',
  'connection.url': 'jdbc:postgresql://db:5432/msr',
  'connection.password': 'planted',
};
const secrets = { sink: { 'connection.password': 'planted' } };

describe('a sink that is to be deleted', () => {
  it.each([
    [
      'lacks a secret',
      config,
      {},
      'sink can only be stopped by deleting it, and MSR_CONNECTOR_SECRETS lacks connection.password to create it again',
    ],
    [
      'has another one than is given',
      config,
      { sink: { 'connection.password': 'stale' } },
      'MSR_CONNECTOR_SECRETS has another value of connection.password than sink itself',
    ],
    [
      'hides one in its URL',
      { ...config, 'connection.url': 'jdbc:postgresql://db/msr?user=u&password=planted' },
      secrets,
      'connection.url of sink holds a secret, and this worker cannot stop a sink',
    ],
  ])('is refused where it %s', (_, present, given, message) => {
    const keeping = () => requireKeepable('sink', present, given);
    expect(keeping).toThrow(expect.objectContaining({ name: 'SinkNotKeepableError', message }));
    try {
      keeping();
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('planted');
    }
  });

  it.each([
    [config, secrets],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of Connect's own.
    [{ ...config, 'connection.password': '${file:/run/secrets:password}' }, {}],
  ])('may be where nothing of it would be missing', (present, given) => {
    expect(() => requireKeepable('sink', present, given)).not.toThrow();
  });
});

it('comes back as it was, and the vault holds no secret meanwhile', async () => {
  const { vault } = temporaryVault();
  await keepSink(vault, 'sink', config, secrets);
  expect((await vault.readDocument(VaultPath.keptSink('sink')))?.content).not.toContain('planted');
  expect(await readKeptSink(vault, 'sink', secrets)).toEqual(config);
  await expect(readKeptSink(vault, 'sink', {})).rejects.toMatchObject({
    message:
      'sink was deleted to stop it, and is to be created again: MSR_CONNECTOR_SECRETS lacks connection.password',
    hint: expect.stringContaining('freezes/sink.sink.json'),
  });
  await forgetKeptSink(vault, 'sink');
  expect(await readKeptSink(vault, 'sink', secrets)).toBeUndefined();
});
