import { describe, expect, it } from 'vitest';
import { resolveDefinition, type Template } from '../../../lib/assembly/resolve-definition.ts';

const template = (definition: unknown): Template => ({
  Resources: {
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString: definition } },
    Assess: { Type: 'AWS::Lambda::Function' },
    Cluster: { Type: 'AWS::ECS::Cluster' },
    Group: { Type: 'AWS::EC2::SecurityGroup' },
    Key: { Type: 'AWS::KMS::Key' },
  },
});
const resolve = (definition: unknown) => resolveDefinition(template(definition), 'Machine');
const attribute = (id: string, name: string) => ({ 'Fn::GetAtt': [id, name] });

describe('resolveDefinition', () => {
  it.each<[string, unknown, string]>([
    ['plain text', 'text', 'text'],
    ['joined parts', { 'Fn::Join': ['-', ['a', { Ref: 'Subnet' }, 'b']] }, 'a-Subnet-b'],
    ['pseudo parameters', { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }]] }, 'arn:aws'],
    ["a function's ARN", attribute('Assess', 'Arn'), 'arn:aws:lambda:us-east-1:000000000000:function:Assess'],
    ["a cluster's ARN", attribute('Cluster', 'Arn'), 'arn:aws:ecs:us-east-1:000000000000:cluster/Cluster'],
    ["a security group's id", attribute('Group', 'GroupId'), 'Group'],
  ])('resolves %s', (_, definition, expected) => expect(resolve(definition)).toBe(expected));

  it.each<[string, unknown, string]>([
    ['an attribute', attribute('Key', 'Arn'), 'cannot resolve the attribute Arn of Key (AWS::KMS::Key)'],
    [
      'an intrinsic function',
      { 'Fn::Select': [0, ['a']] },
      'cannot resolve {"Fn::Select":[0,["a"]]} in Machine',
    ],
  ])('refuses %s that it does not know', (_, definition, message) => {
    expect(() => resolve(definition)).toThrow(message);
  });
});
