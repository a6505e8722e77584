import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, it } from 'vitest';
import { synthesizedStage } from './synthesized.ts';

const stage = synthesizedStage();
const template = Template.fromJSON(stage.template as unknown as Record<string, unknown>);

describe('the stack of the pipelines', () => {
  it('logs every event of an execution, traces it, and encrypts it with the key', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
      EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY' },
    });
  });

  it('runs its tasks on ARM64 without root, on a read-only root with room for the dump', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      // 0.45 of the database's 100 GiB, and 10.
      EphemeralStorage: { SizeInGiB: 55 },
      ContainerDefinitions: [
        Match.objectLike({
          User: 'msr',
          ReadonlyRootFilesystem: true,
          StopTimeout: 120,
          MountPoints: [{ ContainerPath: '/work', ReadOnly: false, SourceVolume: 'work' }],
          Secrets: Match.absent(),
        }),
      ],
    });
  });

  it('runs its Lambdas on Node.js 24 and ARM64, in the network, with JSON logs, traces and a dead-letter queue', () => {
    const ours = {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: { LogFormat: 'JSON' },
      TracingConfig: { Mode: 'Active' },
      DeadLetterConfig: { TargetArn: Match.anyValue() },
      VpcConfig: Match.anyValue(),
      KmsKeyArn: Match.anyValue(),
    };
    const all = Object.keys(template.findResources('AWS::Lambda::Function'));
    // One is CDK's own, which takes the rules out of the network's default security group.
    template.resourcePropertiesCountIs('AWS::Lambda::Function', ours, all.length - 1);
  });

  it('has no way out of its network', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
    template.resourceCountIs('AWS::EC2::FlowLog', 1);
  });

  it('keeps every log for a bounded time, encrypted', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', {
      RetentionInDays: Match.anyValue(),
      KmsKeyId: Match.anyValue(),
    });
  });

  it('may stop tasks of its own cluster only', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['ecs:stopTask']),
            Resource: {
              'Fn::Join': [
                '',
                Match.arrayWith([':task/', { Ref: Match.stringLikeRegexp('^azaTasksCluster') }]),
              ],
            },
          }),
        ]),
      },
    });
  });
});
