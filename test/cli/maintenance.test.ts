import { expect, test } from 'vitest';
import { readQuiet } from '../../src/health/read-quiet.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';
import { runCli } from './run-cli.ts';

const MINUTE_MS = 60_000;

test('what is announced holds pages back until it ends, or somebody ends it', async () => {
  const { vault, url } = temporaryVault();
  const msr = (...args: string[]) => runCli(['maintenance', ...args], { MSR_VAULT_URL: url });
  const quietIn = (minutes: number) => readQuiet(vault, new Date(Date.now() + minutes * MINUTE_MS));
  expect((await msr('end')).stdout).toContain('nothing was announced');
  const announced = await msr('announce', '--for', '2h', '--why', 'a new minor release, by Ada');
  expect(announced.stdout).toMatch(/^announced until .*: the next health run holds the pages /m);
  expect(await quietIn(1)).toMatchObject({ why: 'announced maintenance: a new minor release, by Ada' });
  expect(await quietIn(121)).toBeNull();
  expect((await msr('end')).stdout).toContain('ended: the next health run tells again');
  expect(await quietIn(1)).toBeNull();
});

test.each(['', '2', '9h', '0m', '2d', 'h'])('a time that there is not is refused: %s', async (time) => {
  const { url } = temporaryVault();
  const { stderr, exitCode } = await runCli(['maintenance', 'announce', '--for', time, '--why', 'x'], {
    MSR_VAULT_URL: url,
  });
  expect(stderr).toContain('expected minutes or hours as 90m or 2h, up to 8h');
  expect(exitCode).toBe(1);
});
