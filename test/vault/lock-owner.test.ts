import { describe, expect, test } from 'vitest';
import type { ProcessProbe } from '../../src/core/process-identity.ts';
import { describeOwner, type LockOwner, ownerFate, parseLockOwner } from '../../src/vault/lock-owner.ts';

const NOW = Date.parse('2026-11-23T04:15:00Z');
const at = (ago: number) => new Date(NOW - ago).toISOString();

const owner: Extract<LockOwner, { kind: 'process' }> = {
  kind: 'process',
  host: 'db1',
  machine: 'id boot1 pid:[1]',
  pid: 4711,
  processStart: '100',
  id: 'lock-1',
  purpose: 'recover',
  acquiredAt: at(60_000),
  renewedAt: at(1_000),
  renewals: 3,
};
const execution: LockOwner = {
  kind: 'execution',
  arn: 'arn:aws:states:eu-central-1:1:execution:msr:x',
  id: 'lock-2',
  purpose: 'backup',
  acquiredAt: at(60_000),
  renewedAt: at(1_000),
  renewals: 3,
};

/** A machine on which only process 4711 runs, started at tick 100. */
const here: ProcessProbe = {
  host: 'db1',
  machine: 'id boot1 pid:[1]',
  processStart: (pid) => (pid === 4711 ? '100' : undefined),
};
const silent = { renewedAt: at(24 * 3_600_000) };

describe('ownerFate', () => {
  const cases: ReadonlyArray<readonly [what: string, owner: LockOwner, fate: string]> = [
    ['a running process', owner, 'alive'],
    ['a running process that has not renewed for long', { ...owner, ...silent }, 'alive'],
    ['a process that is gone', { ...owner, pid: 4712 }, 'dead'],
    ['a pid that another process got since', { ...owner, processStart: '99' }, 'dead'],
    // Another host of the same name looks the same: only its renewals tell.
    ['another boot of a host of this name', { ...owner, machine: 'id boot0 pid:[1]' }, 'unknown'],
    ['another container', { ...owner, machine: 'id boot1 pid:[2]' }, 'unknown'],
    ['another machine', { ...owner, machine: 'id2 boot1 pid:[1]' }, 'unknown'],
    ['this machine under another name', { ...owner, host: 'db2' }, 'alive'],
    ['a system that does not tell its machine', { ...owner, machine: '' }, 'unknown'],
    ['an execution', execution, 'unknown'],
    ['an execution, silent', { ...execution, ...silent }, 'unknown'],
  ];
  test.each(cases)('%s', (_, candidate, fate) => {
    expect(ownerFate(candidate, here)).toBe(fate);
  });

  test('a machine that is not told is never taken for another one of that kind', () => {
    expect(ownerFate({ ...owner, machine: '' }, { ...here, machine: '' })).toBe('unknown');
  });
});

describe('the lock document', () => {
  test('is read as it was written', () => {
    expect(parseLockOwner(JSON.stringify(owner), 'locks/operation.json')).toEqual(owner);
    expect(parseLockOwner(JSON.stringify(execution), 'locks/operation.json')).toEqual(execution);
  });

  test('of an earlier version, which did not count its renewals, is read', () => {
    const { renewals: _, ...earlier } = owner;
    expect(parseLockOwner(JSON.stringify(earlier), 'locks/operation.json')).toEqual({
      ...owner,
      renewals: 0,
    });
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
