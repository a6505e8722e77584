import type { Incident } from '../../src/janitor/incident.ts';

export const ENDED: Extract<Incident, { kind: 'execution ended' }> = {
  kind: 'execution ended',
  executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:msr-prod-az-a-backup:run-1',
  stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:msr-prod-az-a-backup',
  status: 'FAILED',
  operationId: '20261123T033000Z-9f3a',
  error: 'ConnectError',
  cause: '{"errorType":"ConnectError","errorMessage":"Kafka Connect is not there\\nHINT: start it"}',
};

export const STOPPED: Extract<Incident, { kind: 'task stopped' }> = {
  kind: 'task stopped',
  taskArn: 'arn:aws:ecs:eu-west-1:111122223333:task/cluster/7',
  operationId: '20261123T033000Z-9f3a',
  stoppedAt: new Date('2026-11-23T03:31:30.000Z'),
  reason: 'OutOfMemoryError',
};

export const FIRED: Extract<Incident, { kind: 'guardian fired' }> = {
  kind: 'guardian fired',
  connector: 'sink',
  freezeId: '0b8e5f4c-6d0e-4b0c-9a57-1f0c6b3d2a10',
  owner: '20261123T033000Z-9f3a',
  attempt: 1,
};
