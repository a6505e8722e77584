import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { MsrFunction } from '../../../lib/runtime/msr-function.ts';
import { builtStage } from '../stage.ts';

const { pipelines } = builtStage();
const [first] = pipelines.pipelines;
if (first === undefined) throw new RangeError('the example has an instance');
const { host } = first.instance;
const entry = 'recovery/lock.lambda.ts';
new MsrFunction(pipelines, 'Inside', { host, entry, timeout: Duration.seconds(11) });
new MsrFunction(pipelines, 'Outside', {
  host,
  entry,
  timeout: Duration.seconds(12),
  network: 'outside',
  vault: 'write',
});
const template = Template.fromStack(pipelines);

function actionsOn(id: string, bucket: string): string[] {
  const policies = template.findResources('AWS::IAM::Policy', {
    Properties: { PolicyName: Match.stringLikeRegexp(`^${id}ServiceRole`) },
  });
  return Object.values(policies)
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Resource }) => JSON.stringify(Resource).includes(`msr-prod-${bucket}-`))
    .flatMap(({ Action }: { Action: string | string[] }) => Action);
}

describe('a Lambda', () => {
  it('runs in the network of its instance, unless it must reach the internet', () => {
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 11, VpcConfig: Match.anyValue() });
    template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 12, VpcConfig: Match.absent() });
  });

  it('reads artifacts, and writes them only where it says so', () => {
    expect(actionsOn('Inside', 'vault')).toContain('s3:GetObject');
    expect(actionsOn('Inside', 'vault').filter((action) => /:(Put|Delete)/.test(action))).toEqual([]);
    expect(actionsOn('Outside', 'vault')).toContain('s3:PutObjectTagging');
    expect(actionsOn('Inside', 'docs')).toContain('s3:PutObject');
  });
});
