import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../bin/msr.ts', import.meta.url));

function msr(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', ENTRY, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    // The streams are pipes, as for a container: nobody is at a terminal.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}

test('what a machine starts is no part of the help, and says so when a person starts it', () => {
  expect(msr('--help').stdout).not.toMatch(/task|guardian/);
  expect(msr('task', 'restore')).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'msr: a task was started by hand: it has neither a task token nor a parent\nHINT: use `msr recover`; the tasks are its steps\n',
  });
}, 60_000);

test('exit codes and streams of the entry point', () => {
  expect(msr('backups', 'list', '--json')).toMatchObject({ status: 1, stderr: '' });
  expect(msr('backups', 'list')).toMatchObject({ status: 1, stdout: '' });
  expect(msr('--version')).toMatchObject({ status: 0, stderr: '' });
}, 60_000);
