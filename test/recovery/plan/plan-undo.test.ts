import { describe, expect, it } from 'vitest';

import { ID_PATTERN, idOfExecution } from '../../../src/core/ids.ts';
import { planSwap } from '../../../src/recovery/plan/plan-undo.ts';
import { RECOVERY_ID } from './sample-assessment.ts';

const swap = { recoveryId: RECOVERY_ID, returning: 'msr_old_1', present: true };

describe('planSwap', () => {
  it('plans to give the live name back', () => {
    const plan = planSwap('undo', swap);
    expect(plan).toMatchObject({ procedure: 'undo', recoveryId: RECOVERY_ID, options: [] });
    expect(plan.refusal).toBeUndefined();
    expect(plan.remarks[0]).toContain('msr_old_1 gets the live name');
  });

  it('refuses where the database to go back to is not there', () => {
    expect(planSwap('undo', { ...swap, present: false }).refusal).toContain('nothing to go back to');
    expect(planSwap('redo', { ...swap, present: false }).refusal).toContain('nothing to take back');
  });

  it('approves an undo apart from a redo', () => {
    expect(planSwap('undo', swap).hash).not.toBe(planSwap('redo', swap).hash);
  });
});

describe('idOfExecution', () => {
  const execution = { id: 'arn:1', startedAt: '2026-11-23T04:15:00.123Z' };

  it('gives one execution one id, which is an id like any other', () => {
    expect(idOfExecution(execution)).toBe(idOfExecution({ ...execution }));
    expect(idOfExecution(execution)).toMatch(ID_PATTERN);
    expect(idOfExecution(execution)).toMatch(/^20261123T041500Z-/);
  });

  it('tells two executions of one second apart', () => {
    expect(idOfExecution({ ...execution, id: 'arn:2' })).not.toBe(idOfExecution(execution));
  });
});
