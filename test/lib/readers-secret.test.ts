import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { stage } from './stage.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr/api-AbCdEf';
const template = stage(['instances.0.readersSecretArn', ARN]).stack('Pipelines');

it('lets the tasks change the secret of the readers, and no other', () => {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const writing = statements.filter(({ Action }) =>
    [Action].flat().includes('secretsmanager:PutSecretValue'),
  );
  expect(writing).not.toHaveLength(0);
  for (const { Resource } of writing) expect(Resource).toBe(ARN);
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        Environment: Match.arrayWith([{ Name: 'MSR_READERS_SECRET_ID', Value: ARN }]),
      }),
    ],
  });
});
