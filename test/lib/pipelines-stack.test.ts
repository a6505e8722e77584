import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import validate from 'asl-validator';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveDefinition } from '../../lib/assembly/resolve-definition.ts';
import { resourcesOf, synthesize } from '../../lib/assembly/synthesize.ts';
import { definitionSchema } from '../../src/runner/definition.ts';
import { changedExample, exampleConfig, ROOT } from './config/example.ts';
import { stage } from './stage.ts';

const zoneB = {
  ...JSON.parse(changedExample()).instances[0],
  name: 'az-b',
  sinkConnector: 'cdc-sink-connector-az-b',
  databaseSecretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr-b-AbCdEf',
  secretKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
  strategy: { name: 'dump' },
};
/** Two zones that share Kafka, each with a database and a sink; in whatever account it is deployed to. */
const zones = stage(['account', undefined], ['instances.1', zoneB]);
const template = zones.stack('Pipelines');
const synthesized = zones.template;

describe('every Lambda', () => {
  it('runs on Node.js 24 and ARM64, with JSON logs, traces and an encrypted environment', () => {
    const ours = {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: { LogFormat: 'JSON' },
      TracingConfig: { Mode: 'Active' },
      KmsKeyArn: Match.anyValue(),
      Timeout: Match.anyValue(),
      MemorySize: Match.anyValue(),
    };
    const all = resourcesOf(synthesized, 'AWS::Lambda::Function');
    // One is CDK's own, which takes the rules out of the network's default security group.
    template.resourcePropertiesCountIs('AWS::Lambda::Function', ours, all.length - 1);
    // Nobody needs a health run that is late.
    const kept = { ...ours, DeadLetterConfig: { TargetArn: Match.anyValue() } };
    template.resourcePropertiesCountIs('AWS::Lambda::Function', kept, all.length - 3);
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { DeadLetterConfig: Match.absent(), Environment: { Variables: { AWS_SDK_UA_APP_ID: 'msr-health' } } },
      2,
    );
  });
});

describe('the tasks', () => {
  it('run on ARM64 without root, on a read-only root with room for the dump', () => {
    template.allResourcesProperties('AWS::ECS::TaskDefinition', {
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
});

describe('the tasks of a stage on given processors', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'msr-architecture-'));
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  it.each([
    ['x86_64', 'X86_64', 'linux/amd64'],
    ['arm64', 'ARM64', 'linux/arm64'],
  ])('run on %s, from an image that is built for it; Lambdas stay on ARM64', (name, cpu, platform) => {
    const directory = join(outdir, name);
    const config = exampleConfig(['imageArchitecture', name]);
    const { templates } = synthesize({ root: ROOT, config, bundling: false, outdir: directory });
    const pipelines = Template.fromJSON(templates['Pipelines'] as unknown as Record<string, unknown>);
    pipelines.allResourcesProperties('AWS::ECS::TaskDefinition', {
      RuntimePlatform: { CpuArchitecture: cpu, OperatingSystemFamily: 'LINUX' },
    });
    pipelines.hasResourceProperties('AWS::Lambda::Function', { Architectures: ['arm64'] });
    const manifest = JSON.parse(
      readFileSync(join(directory, 'MsrRecovery-prod-Pipelines.assets.json'), 'utf8'),
    );
    const images: { source: { platform: string } }[] = Object.values(manifest.dockerImages);
    expect(images.map(({ source }) => source.platform)).toEqual([platform]);
  });
});

describe('what bears a name of its own and is kept', () => {
  it.each([
    ['Stateful', 'AWS::S3::Bucket'],
    ['Replica', 'AWS::S3::Bucket'],
    ['Pipelines', 'AWS::SecretsManager::Secret'],
  ])('goes with a first deployment that failed: %s, %s', (stack, type) => {
    const found = Object.values(stage().stack(stack).findResources(type));
    expect(found).not.toHaveLength(0);
    for (const { DeletionPolicy, UpdateReplacePolicy } of found) {
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
    }
  });
});

describe('the state machines', () => {
  it('log every event, trace it, and are encrypted with the key', () => {
    template.allResourcesProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
      EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY' },
    });
  });

  it.each(resourcesOf(synthesized, 'AWS::StepFunctions::StateMachine'))('%s is valid ASL', (id) => {
    const definition = definitionSchema.parse(JSON.parse(resolveDefinition(synthesized, id)));
    const { isValid, errorsText } = validate(definition, { checkArn: true, checkPaths: true });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it.each(['az-a', 'az-b'])('may stop tasks of its own cluster only: %s', (zone) => {
    const cluster = Match.stringLikeRegexp(`^${zone.replace('-', '')}TasksCluster`);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp(`^${zone.replace('-', '')}RecoveryStateMachine`),
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['ecs:stopTask']),
            Resource: { 'Fn::Join': ['', Match.arrayWith([':task/', { Ref: cluster }])] },
          }),
        ]),
      },
    });
  });
});

describe('two instances in one stage', () => {
  it('have a backup and a recovery each, under names that tell them apart', () => {
    for (const zone of ['az-a', 'az-b']) {
      for (const operation of ['backup', 'recovery']) {
        template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
          StateMachineName: `msr-prod-${zone}-${operation}`,
        });
      }
    }
    template.resourceCountIs('AWS::EC2::VPC', 1);
  });

  it.each([
    ['az-a', 'cdc-sink-connector'],
    ['az-b', 'cdc-sink-connector-az-b'],
  ])('know their own part of the vault and their own sink: %s', (zone, sink) => {
    const variable = (Name: string, Value: unknown) => Match.objectLike({ Name, Value });
    const prefix = Match.stringLikeRegexp(`/${zone}\\?documents=msr-prod-docs-`);
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Environment: Match.arrayWith([
            variable('MSR_INSTANCE', `prod/${zone}`),
            variable('MSR_VAULT_URL', { 'Fn::Join': ['', Match.arrayWith([prefix])] }),
            variable('MSR_SINK_CONNECTOR', sink),
          ]),
        }),
      ],
    });
  });

  it.each([
    ['az-a', 'az-b'],
    ['az-b', 'az-a'],
  ])('%s may not touch the part of %s, nor its secret', (zone, other) => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
      Properties.PolicyName.startsWith(zone.replace('-', '')),
    );
    expect(policies.length).toBeGreaterThan(5);
    const text = JSON.stringify(policies);
    expect(text).toContain(`/${zone}/*`);
    expect(text).not.toContain(`/${other}/*`);
    const secretOfB = 'secret:msr-b-AbCdEf';
    expect(text.includes(secretOfB)).toBe(zone === 'az-b');
  });
});

describe('IAM', () => {
  it('allows no action by a wildcard but those of CDK for X-Ray, logs and KMS', () => {
    const actions = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action }: { Action: string | string[] }) => Action);
    expect([...new Set(actions)].filter((action) => action.includes('*'))).toEqual([]);
  });

  it('lets nobody of ours delete a version, or shorten or bypass its lock', () => {
    const text = JSON.stringify(synthesized);
    for (const action of [
      's3:DeleteObjectVersion',
      's3:BypassGovernanceRetention',
      's3:PutBucketObjectLockConfiguration',
      's3:PutLifecycleConfiguration',
      'kms:ScheduleKeyDeletion',
    ]) {
      expect(text).not.toContain(action);
    }
  });
});

describe('logs', () => {
  it('are kept for a bounded time, encrypted', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', {
      RetentionInDays: Match.anyValue(),
      KmsKeyId: Match.anyValue(),
    });
  });
});
