import { App, Aspects, Aws, CfnCondition, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { expect, it } from 'vitest';
import { EmulatorAspect } from './emulator-aspect.ts';

it('leaves out what the emulator lacks, keeps the rest, and lists both kinds of change', () => {
  const app = new App();
  const stack = new Stack(app, 'S');
  new CfnTopic(stack, 'Topic');
  new CfnResource(stack, 'Flow', {
    type: 'AWS::EC2::FlowLog',
    properties: { ResourceType: 'VPC', ResourceId: 'vpc-1' },
  });
  new CfnAlarm(stack, 'Math', {
    comparisonOperator: 'GreaterThanThreshold',
    evaluationPeriods: 1,
    metrics: [],
  });
  new CfnFunction(stack, 'Fn', { code: {}, role: 'arn:aws:iam::111122223333:role/r', runtime: 'nodejs24.x' });
  const never = new CfnCondition(stack, 'Never', { expression: Fn.conditionEquals(Aws.PARTITION, 'none') });
  const aspect = new EmulatorAspect(() => never);
  Aspects.of(app).add(aspect);
  const { Resources } = Template.fromStack(stack).toJSON();
  expect(aspect.leftOut).toEqual([
    { type: 'AWS::EC2::FlowLog', path: 'S/Flow' },
    { type: 'AWS::CloudWatch::Alarm (metric math)', path: 'S/Math' },
  ]);
  expect(Resources.Flow.Condition).toBe('Never');
  expect(Resources.Math.Condition).toBe('Never');
  expect(Resources.Topic.Condition).toBeUndefined();
  expect(Resources.Fn.Properties.Runtime).toBe('provided.al2023');
  expect([...aspect.changed]).toEqual([
    'Lambdas: nodejs24.x became provided.al2023 with test/deploy/bootstrap',
  ]);
}, 30_000);
