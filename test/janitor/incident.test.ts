import { describe, expect, it } from 'vitest';
import { idOfExecution } from '../../src/core/ids.ts';
import { newFreezeRecord } from '../../src/freeze/freeze-record.ts';
import { guardianCall } from '../../src/freeze/guardian-schedule.ts';
import { incidentEvent, incidentOf } from '../../src/janitor/incident.ts';
import { ENDED, STOPPED } from './sample-incidents.ts';

const incident = (event: unknown) => incidentOf(incidentEvent.parse(event));

describe('the janitor’s event', () => {
  const startDate = Date.parse('2026-11-23T03:30:00Z');
  const detail = {
    executionArn: ENDED.executionArn,
    stateMachineArn: ENDED.stateMachineArn,
    name: 'run-1',
    status: 'TIMED_OUT',
    startDate,
    stopDate: startDate + 1000,
    input: '{}',
    output: null,
    error: null,
  };

  it('is an execution that ended, whose backup has the id that the execution gave it', () => {
    const event = {
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      detail,
    };
    const startedAt = '2026-11-23T03:30:00.000Z';
    expect(incident(event)).toEqual({
      ...ENDED,
      status: 'TIMED_OUT',
      operationId: idOfExecution({ id: ENDED.executionArn, startedAt }),
      error: '',
      cause: '',
    });
  });

  it('is a guardian, with what its schedule says', () => {
    const record = newFreezeRecord({ connector: 'sink', purpose: 'backup', owner: 'b-1', found: 'RUNNING' });
    const event = JSON.parse(JSON.stringify({ guardian: guardianCall(record, 3) }));
    expect(incident(event)).toEqual({
      kind: 'guardian fired',
      connector: 'sink',
      freezeId: record.id,
      owner: 'b-1',
      attempt: 3,
    });
  });

  it('is a task that stopped, with the reason that ECS gives', () => {
    const detail = {
      taskArn: STOPPED.taskArn,
      lastStatus: 'STOPPED',
      startedBy: STOPPED.operationId,
      stoppedAt: '2026-11-23T03:31:30Z',
      stoppedReason: STOPPED.reason,
    };
    expect(incident({ 'detail-type': 'ECS Task State Change', source: 'aws.ecs', detail })).toEqual(STOPPED);
  });

  it.each([
    ['a task that was started by hand', { 'detail-type': 'ECS Task State Change', detail: {} }],
    [
      'an execution that goes on',
      {
        'detail-type': 'Step Functions Execution Status Change',
        detail: { ...detail, status: 'RUNNING' },
      },
    ],
  ])('is not %s', (_, event) => {
    expect(() => incident(event)).toThrow();
  });
});
