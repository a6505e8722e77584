import { App, Duration } from 'aws-cdk-lib';
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

describe('an environment that Lambda would refuse', () => {
  const { pipelines: full } = builtStage();
  const [pipeline] = full.pipelines;
  const add = (id: string, characters: number) =>
    new MsrFunction(full, id, {
      host: pipeline?.instance.host ?? host,
      entry,
      timeout: Duration.seconds(13),
      environment: { MSR_TEST: 'ä'.repeat(characters) },
    });

  it('is refused at synthesis, every one of them at once', () => {
    add('Fits', 500);
    add('First', 2000);
    add('Second', 2100);
    const said = messageOf(() => App.of(full)?.synth());
    for (const id of ['First', 'Second']) {
      expect(said).toMatch(
        new RegExp(`the environment of \\S+/${id} has \\d{4} bytes, and Lambda takes 4096`),
      );
    }
    expect(said).toContain("HINT: shorten the instance's strategy options");
    expect(said).not.toContain('/Fits');
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
    return '';
  } catch (error) {
    return String(error);
  }
}
