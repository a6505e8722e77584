import { describe, expect, test } from 'vitest';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { runCli } from './run-cli.ts';

/** Nothing listens there: what is told before anything is started needs none of it. */
const NOWHERE = {
  MSR_DATABASE_URL: 'postgres://msr:secret@127.0.0.1:1/msr',
  MSR_KAFKA_BROKERS: '127.0.0.1:1',
  MSR_CONNECT_URL: 'http://127.0.0.1:1',
};
const UNKNOWN = '20261123T041500Z-9f3a';

describe('msr recover, given an id that names nothing, says so and starts nothing', () => {
  const backups = '`msr backups list` shows what is there; one without a manifest was never finished';
  const recoveries = '`msr recoveries list` shows what is there; check MSR_VAULT_URL';
  test.each([
    ['--backup', 'zzz', 'backup', backups],
    ['--backup', UNKNOWN, 'backup', backups],
    ['--undo', 'zzz', 'recovery', recoveries],
    ['--redo', 'zzz', 'recovery', recoveries],
  ])('%s %s', async (flag, id, what, hint) => {
    const { vault, url } = temporaryVault();
    expect(await runCli(['recover', flag, id], { ...NOWHERE, MSR_VAULT_URL: url })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `msr: there is no ${what} "${id}" in ${url}\nHINT: ${hint}\n`,
    });
    expect(await vault.list('recoveries/')).toEqual([]);
  });

  test('a machine gets it as the one document', async () => {
    const { url } = temporaryVault();
    const { stdout } = await runCli(['recover', '--json', '--backup', 'zzz'], {
      ...NOWHERE,
      MSR_VAULT_URL: url,
    });
    expect(JSON.parse(stdout)).toMatchObject({ error: { name: 'BackupNotFoundError' }, exitCode: 1 });
  });
});
