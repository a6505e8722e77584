import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, it } from 'vitest';
import { synthesized } from './synthesized.ts';

const template = Template.fromJSON(synthesized().template as unknown as Record<string, unknown>);

describe('the recovery stack', () => {
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
      EphemeralStorage: { SizeInGiB: 100 },
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
    // The sixth is CDK's own, which takes the rules out of the network's default security group.
    template.resourcePropertiesCountIs('AWS::Lambda::Function', ours, 5);
    template.resourceCountIs('AWS::Lambda::Function', 6);
  });

  it('has no way out of its network', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
    template.resourceCountIs('AWS::EC2::FlowLog', 1);
  });

  it('keeps and rotates the key', () => {
    template.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'Retain',
    });
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
              'Fn::Join': ['', Match.arrayWith([':task/', { Ref: Match.stringLikeRegexp('^TasksCluster') }])],
            },
          }),
        ]),
      },
    });
  });
});
