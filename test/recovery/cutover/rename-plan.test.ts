import { describe, expect, it } from 'vitest';
import { planRename } from '../../../src/recovery/cutover/rename-plan.ts';

const request = { live: 'msr', incoming: { name: 'msr_new', oid: 2 }, keepAs: 'msr_old' };
const live = { name: 'msr', oid: 1 };
const recovered = { name: 'msr_new', oid: 2 };

describe('what a rename has left to do', () => {
  it('is both names', () => {
    expect(planRename([live, recovered], request)).toEqual({ kind: 'rename', outgoing: live });
  });
  it('is one name where the old database is gone', () => {
    expect(planRename([recovered], request)).toEqual({ kind: 'rename', outgoing: undefined });
  });
  it('is nothing where the recovered one holds the live name', () => {
    const done = [
      { name: 'msr', oid: 2 },
      { name: 'msr_old', oid: 1 },
    ];
    expect(planRename(done, request)).toEqual({ kind: 'done' });
  });
  it('keeps an old database that an operator has renamed already', () => {
    const present = [{ name: 'msr_old', oid: 1 }, recovered];
    expect(planRename(present, request)).toEqual({ kind: 'rename', outgoing: undefined });
  });
});

describe('a rename is refused', () => {
  it.each([
    ['the database msr_new is not there any more', [live]],
    ['the database msr_new is not there any more', [live, { name: 'msr_new', oid: 3 }]],
    ['was renamed to msr_mine by somebody else', [live, { name: 'msr_mine', oid: 2 }]],
    ['msr cannot be kept as msr_old: that name is taken', [live, recovered, { name: 'msr_old', oid: 4 }]],
  ])('%s', (message, present) => {
    expect(() => planRename(present, request)).toThrow(message);
  });
});
