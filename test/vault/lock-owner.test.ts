import { describe, expect, test } from 'vitest';
import type { ProcessProbe } from '../../src/core/process-identity.ts';
import {
  describeOwner,
  LEASE_MS,
  type LockOwner,
  lockVerdict,
  type ProcessLockOwner,
  parseLockOwner,
} from '../../src/vault/lock-owner.ts';

const NOW = Date.parse('2026-11-23T04:15:00Z');
const at = (ago: number) => new Date(NOW - ago).toISOString();

const owner: ProcessLockOwner = {
  kind: 'process',
  host: 'db1',
  machine: 'boot1 pid:[1]',
  pid: 4711,
  processStart: '100',
  id: 'lock-1',
  purpose: 'recover',
  acquiredAt: at(60_000),
  renewedAt: at(1_000),
};
const execution: LockOwner = {
  kind: 'execution',
  arn: 'arn:aws:states:eu-central-1:1:execution:msr:x',
  id: 'lock-2',
  purpose: 'backup',
  acquiredAt: at(60_000),
  renewedAt: at(1_000),
};

/** A machine on which only process 4711 runs, started at tick 100. */
const here: ProcessProbe = {
  host: 'db1',
  machine: 'boot1 pid:[1]',
  processStart: (pid) => (pid === 4711 ? '100' : undefined),
};
const silent = { renewedAt: at(LEASE_MS + 1) };
const elsewhere = { host: 'db2' };
const otherContainer = { machine: 'boot1 pid:[2]' };

describe('lockVerdict', () => {
  const cases: ReadonlyArray<readonly [what: string, owner: LockOwner, held: boolean, because: string]> = [
    ['a running process', owner, true, 'its process runs'],
    ['a running process that has not renewed for long', { ...owner, ...silent }, true, 'its process runs'],
    ['a process that is gone', { ...owner, pid: 4712 }, false, 'its process has ended'],
    [
      'a pid that another process got since',
      { ...owner, processStart: '99' },
      false,
      'its process has ended',
    ],
    ['a process before a reboot', { ...owner, machine: 'boot0 pid:[1]' }, false, 'its process has ended'],
    ['another container, renewing', { ...owner, ...otherContainer }, true, 'it was renewed'],
    ['another container, silent', { ...owner, ...otherContainer, ...silent }, false, 'it was not renewed'],
    ['another host, renewing', { ...owner, ...elsewhere }, true, 'it was renewed'],
    [
      'another host at the end of its lease',
      { ...owner, ...elsewhere, renewedAt: at(LEASE_MS) },
      true,
      'it was renewed',
    ],
    ['another host, silent', { ...owner, ...elsewhere, ...silent }, false, 'it was not renewed'],
    [
      'another host whose clock is ahead',
      { ...owner, ...elsewhere, renewedAt: at(-60_000) },
      true,
      'it was renewed',
    ],
    ['an execution, renewing', execution, true, 'it was renewed'],
    ['an execution, silent', { ...execution, ...silent }, false, 'it was not renewed'],
  ];
  test.each(cases)('%s', (_, candidate, held, because) => {
    expect(lockVerdict(candidate, NOW, here)).toEqual({ held, because });
  });
});

describe('the lock document', () => {
  test('is read as it was written', () => {
    expect(parseLockOwner(JSON.stringify(owner), 'locks/operation.json')).toEqual(owner);
    expect(parseLockOwner(JSON.stringify(execution), 'locks/operation.json')).toEqual(execution);
  });

  test.each(['', '{}', '[]', JSON.stringify({ ...owner, kind: 'stranger' })])(
    '%j is never taken for free',
    (text) => {
      expect(() => parseLockOwner(text, 'locks/operation.json')).toThrow(
        expect.objectContaining({
          message: 'locks/operation.json in the vault is not a lock that this msr can read',
          hint: 'make sure that no backup and no recovery runs, then delete the file',
        }),
      );
    },
  );

  test('its owner is told in one line', () => {
    expect(describeOwner(owner)).toBe('recover, since 2026-11-23T04:14:00.000Z, by process 4711 on db1');
    expect(describeOwner(execution)).toBe(
      'backup, since 2026-11-23T04:14:00.000Z, by the execution arn:aws:states:eu-central-1:1:execution:msr:x',
    );
  });
});
