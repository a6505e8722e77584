import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/core/operator-error.ts';
import { type LocalServices, serviceCall } from '../../src/runner/local-services.ts';

const services: LocalServices = {
  handler: async (id) => async (event) => {
    if (id === 'Broken') throw new OperatorError('a fact', { hint: 'a remedy' });
    return { id, event, at: new Date(0), left: undefined };
  },
  tasks: {
    run: async (request) => request,
    list: (id) => [`arn:${id}`],
    stop: async () => {},
    status: () => 'STOPPED',
  },
  answerToken: async (payload) => ({ answered: payload }),
};
const call = (Resource: string, parameters: unknown) =>
  serviceCall('State', { Type: 'Task', Resource, HeartbeatSeconds: 300 }, services)(parameters);
const arn = (id: string) => `arn:aws:lambda:us-east-1:000000000000:function:${id}`;

describe('serviceCall', () => {
  it('invokes the function that the ARN names, and passes JSON over the border', async () => {
    expect(await call(arn('Assess'), { a: 1 })).toEqual({
      id: 'Assess',
      event: { a: 1 },
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it("turns a function's error into name and JSON cause, as Lambda does", async () => {
    await expect(call(arn('Broken'), {})).rejects.toMatchObject({
      name: 'OperatorError',
      message: '{"errorType":"OperatorError","errorMessage":"a fact\\nHINT: a remedy"}',
    });
  });

  it('invokes a function under a token and waits for its answer', async () => {
    const parameters = { FunctionName: arn('RequestApproval'), Payload: { planHash: 'h' } };
    expect(await call('arn:aws:states:::lambda:invoke.waitForTaskToken', parameters)).toEqual({
      answered: { planHash: 'h' },
    });
  });

  it('starts a task with the overrides, without the token, which a child has no use for', async () => {
    const Environment = [
      { Name: 'MSR_TASK_TOKEN', Value: 'local' },
      { Name: 'MSR_OPERATION_ID', Value: 'r1' },
    ];
    const parameters = {
      StartedBy: 'r1',
      Overrides: { ContainerOverrides: [{ Name: 'msr', Command: ['task', 'restore'], Environment }] },
    };
    expect(await call('arn:aws:states:::aws-sdk:ecs:runTask.waitForTaskToken', parameters)).toEqual({
      command: ['task', 'restore'],
      environment: { MSR_OPERATION_ID: 'r1' },
      startedBy: 'r1',
      heartbeatSeconds: 300,
    });
  });

  it('lists, stops and describes tasks as ECS does', async () => {
    expect(await call('arn:aws:states:::aws-sdk:ecs:listTasks', { StartedBy: 'r1' })).toEqual({
      TaskArns: ['arn:r1'],
    });
    expect(await call('arn:aws:states:::aws-sdk:ecs:stopTask', { Task: 'arn:r1' })).toEqual({});
    expect(await call('arn:aws:states:::aws-sdk:ecs:describeTasks', { Tasks: ['arn:r1'] })).toEqual({
      Tasks: [{ TaskArn: 'arn:r1', LastStatus: 'STOPPED' }],
    });
  });

  it('refuses whatever nothing stands in for, instead of calling AWS', async () => {
    const attempt = async () => call('arn:aws:states:::aws-sdk:ec2:createSnapshots', {});
    await expect(attempt()).rejects.toMatchObject({
      name: 'States.Runtime',
      message: 'State: nothing stands in for arn:aws:states:::aws-sdk:ec2:createSnapshots on this machine',
    });
  });
});
