import { expect, it } from 'vitest';
import { plainTarget } from './universal-target.ts';

const ref = { Ref: 'Machine' };

it('makes the state machine the target, with the input of the call', () => {
  const call = '","Name":"<aws.scheduler.execution-id>","Input":"{\\"scheduledAt\\":\\"x\\"}"}';
  const target = {
    arn: 'arn:aws:scheduler:::aws-sdk:sfn:startExecution',
    input: { 'Fn::Join': ['', ['{"StateMachineArn":"', ref, call]] },
    roleArn: 'role',
  };
  expect(plainTarget(target)).toEqual({ arn: ref, input: '{"scheduledAt":"x"}', roleArn: 'role' });
});

it('leaves every other target as it is', () => {
  expect(plainTarget({ arn: { 'Fn::GetAtt': ['Lambda', 'Arn'] }, input: '{}' })).toBeUndefined();
});
