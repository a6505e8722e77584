import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ephemeralStorageGiB } from '../../../lib/config/instance-config.ts';
import { configPath, EXAMPLE_CONFIG, loadConfig, parseConfig } from '../../../lib/config/load-config.ts';
import { type Change, changedExample, exampleConfig, ROOT } from './example.ts';

const KAFKA = 'instances.0.kafka';
const SEE = 'See docs/configuration.md';

function refusal(...changes: Change[]): string {
  try {
    parseConfig('c.json', changedExample(...changes));
  } catch (error) {
    if (error instanceof Error && 'format' in error && typeof error.format === 'function')
      return error.format();
    throw error;
  }
  return 'accepted';
}

const secondInstance = { ...JSON.parse(changedExample()).instances[0], name: 'az-b' };
const ebsOptions = { region: 'eu-central-1', instanceId: 'i-0a1b2c3d4e5f60718' };
const cloudOptions = { projectId: 'p1', serviceId: 's1', credentialsSecretId: 'msr/cloud' };
const existing = {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  cidr: '10.0.0.0/16',
  subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  routeTableIds: ['rtb-0a1b2c3d4e5f60718', 'rtb-0a1b2c3d4e5f60718'],
};

describe('a configuration that is wrong', () => {
  it.each<[what: string, changes: Change[], fact: string, hint: string]>([
    [
      'a value of another form',
      [['region', 'frankfurt']],
      'region is "frankfurt": expected the name of an AWS region',
      `The AWS region. For example "eu-central-1". ${SEE}`,
    ],
    [
      'a value of another type',
      [['account', 111122223333]],
      'account is 111122223333: expected string, received number',
      `The AWS account. Without it, that of the credentials at deployment. For example "111122223333". ${SEE}`,
    ],
    [
      "an option that is not its strategy's",
      [['instances.0.strategy', { name: 'dump', options: { jobs: 4 } }]],
      'instances[0].strategy.options is {"jobs":4}: Unrecognized key: "jobs"',
      `How the baseline is taken. ${SEE}`,
    ],
    [
      'an option that is missing',
      [['instances.0.strategy', { name: 'kubernetes', options: { mode: 'csi', claims: ['data'] } }]],
      'instances[0].strategy.options.namespace is missing: expected string, received undefined',
      `How the baseline is taken. ${SEE}`,
    ],
    [
      'volumes that are to be cut without a pause',
      [
        [
          'instances.0.strategy',
          { name: 'kubernetes', options: { mode: 'csi', namespace: 'n', claims: ['data'] } },
        ],
        ['instances.0.schedule', { pause: false }],
      ],
      'instances[0].schedule.pause is false: expected the strategy `dump`: only a fence tells what a snapshot of volumes holds',
      `Whether the sink stands still for the second of the cut. \`false\`: it goes on, the cut is inexact, and a recovery drops by content what the dump holds already; with the strategy \`dump\` alone. ${SEE}`,
    ],
    [
      "a recovery instance that is the database's own",
      [
        [
          'instances.0.strategy',
          {
            name: 'ebs',
            options: {
              ...ebsOptions,
              restore: { recoveryInstanceId: ebsOptions.instanceId, commands: ['mount'] },
            },
          },
        ],
      ],
      `instances[0].strategy.options.restore.recoveryInstanceId is "${ebsOptions.instanceId}": expected another instance than the database's own`,
      `How the baseline is taken. ${SEE}`,
    ],
    [
      "an option of a hybrid's volumes",
      [
        [
          'instances.0.strategy',
          {
            name: 'hybrid',
            options: { volumes: { strategy: 'ebs', options: { ...ebsOptions, instanceId: 'db' } } },
          },
        ],
      ],
      'instances[0].strategy.options.volumes.options.instanceId is "db": expected an id of the form i-0123456789abcdef0',
      `How the baseline is taken. ${SEE}`,
    ],
    [
      'a service on the internet, from a network without a way out',
      [['instances.0.strategy', { name: 'timescale-cloud', options: cloudOptions }]],
      'instances[0].strategy.name is "timescale-cloud": expected network.existing for this strategy: the service\'s API is on the internet, where a network of its own has no way out',
      `How the baseline is taken. ${SEE}`,
    ],
    [
      'a value that is missing',
      [['stage', undefined]],
      'stage is missing',
      `Name of the stage; part of the names of stacks and buckets. For example "prod". ${SEE}`,
    ],
    [
      'an unknown key that is nearly known',
      [['instances.0.Kafka', {}]],
      'instances[0].Kafka is not known',
      'did you mean kafka?; see docs/configuration.md',
    ],
    [
      'an unknown key',
      [['alerts.phones', 'x']],
      'alerts.phones is not known',
      'known here: emails, runbookUrl, trail, pagerDuty, slack; see docs/configuration.md',
    ],
    [
      'a time of day that there is not',
      [['instances.0.schedule.at', '25:00']],
      'instances[0].schedule.at is "25:00": expected a time of day, HH:MM',
      `Time of day in the stage's time zone; after MSR's maintenance of 03:00. Twice daily adds one 12 hours later; hourly uses its minutes. ${SEE}`,
    ],
    [
      'a time zone that there is not',
      [['timeZone', 'Berlin']],
      'timeZone is "Berlin": expected the name of a time zone, as Europe/Berlin',
      `The time zone of the schedules and of the clock that MSR's maintenance runs by. ${SEE}`,
    ],
    [
      'a strategy that there is not',
      [['instances.0.strategy.name', 'tape']],
      `instances[0].strategy.name is "tape": expected 'dump' | 'ebs' | 'kubernetes' | 'timescale-cloud' | 'hybrid'`,
      `How the baseline is taken. ${SEE}`,
    ],
    [
      'an entry of a list',
      [['alerts.emails', ['oncall']]],
      'alerts.emails[0] is "oncall": expected an e-mail address',
      `Who is told; each must confirm. For example ["oncall@example.com"]. ${SEE}`,
    ],
    [
      'a runbook that no telephone opens',
      [['alerts.runbookUrl', 'docs/runbook.md']],
      'alerts.runbookUrl is "docs/runbook.md": expected the URL of a page, https://…',
      `Where whoever is woken can read docs/runbook.md: every alarm links to a heading there. Without it alarms name the heading alone, and the synthesis warns. For example "https://wiki.example.com/msr-recovery/runbook". ${SEE}`,
    ],
    [
      'two networks',
      [['network.existing', existing]],
      'network is {"create":{"cidr":"10.40.0.0/20","availabilityZones":["eu-central-1a","eu-cen…: expected either `existing` or `create`',
      `The network of Lambdas and tasks: \`existing\` or \`create\`. ${SEE}`,
    ],
    [
      'no network',
      [['network', {}]],
      'network is {}: expected either `existing` or `create`',
      `The network of Lambdas and tasks: \`existing\` or \`create\`. ${SEE}`,
    ],
    [
      'a subnet without its zone',
      [['network', { existing: { ...existing, availabilityZones: ['eu-central-1a'] } }]],
      'network.existing.availabilityZones is ["eu-central-1a"]: expected one for each subnet: 2, not 1',
      `The zone of each subnet. For example ["eu-central-1a","eu-central-1b"]. ${SEE}`,
    ],
    [
      'no instance',
      [['instances', []]],
      'instances is []: expected array to have >=1 items',
      `The MSR instances: a database and a sink each. ${SEE}`,
    ],
    [
      'two instances of one name',
      [['instances.1', { ...secondInstance, name: 'az-a' }]],
      'instances[1].name is "az-a": another instance has this name',
      `Name of the MSR instance; part of the names of all that belongs to it. For example "az-a". ${SEE}`,
    ],
    [
      'a copy in the same region',
      [['vault.replication.region', 'eu-central-1']],
      'vault.replication.region is "eu-central-1": expected another region than that of the vault',
      `Region of the copy. For example "eu-west-1". ${SEE}`,
    ],
    [
      'a copy in another account than one that is not named',
      [
        ['account', undefined],
        ['vault.replication.account', '222233334444'],
      ],
      'account is missing: expected the account, since the copy is in another one',
      `The AWS account. Without it, that of the credentials at deployment. For example "111122223333". ${SEE}`,
    ],
    [
      'a bucket for the copy without its key',
      [['vault.replication.bucketArn', 'arn:aws:s3:::mine']],
      'vault.replication.keyArn is missing: expected `bucketArn` and `keyArn` together, or neither',
      `The KMS key that the copies in \`bucketArn\` are encrypted with. For example "arn:aws:kms:eu-west-1:222233334444:key/11111111-2222-3333-4444-555555555555". ${SEE}`,
    ],
    [
      'credentials in the clear',
      [[`${KAFKA}.ssl`, false]],
      'instances[0].kafka.ssl is false: expected true: credentials would travel in the clear',
      `Whether the brokers speak TLS. ${SEE}`,
    ],
    [
      'MSK IAM without a cluster',
      [[`${KAFKA}.saslMechanism`, 'aws-msk-iam']],
      'instances[0].kafka.mskClusterArn is missing: expected the ARN of the MSK cluster, for aws-msk-iam',
      `The MSK cluster; needed for \`aws-msk-iam\`, for its IAM rights. For example "arn:aws:kafka:eu-central-1:111122223333:cluster/events/11111111-2222-3333-4444-555555555555-1". ${SEE}`,
    ],
    [
      'a dump that no task has room for',
      [['instances.0.databaseSizeGiB', 500]],
      "instances[0].databaseSizeGiB is 500: its dump needs about 235 GiB of a task's disk, and Fargate gives 200; choose the strategy ebs, or set ephemeralStorageGiB where the dump is known to be smaller",
      `Size of the database; a recovery restores its dump, about 0.3 of it, from the task's own disk. ${SEE}`,
    ],
    [
      'more disk than there is',
      [['instances.0.ephemeralStorageGiB', 300]],
      'instances[0].ephemeralStorageGiB is 300: expected number to be <=200',
      `The task's own disk, where it is not to be reckoned from \`databaseSizeGiB\`. For example 200. ${SEE}`,
    ],
    [
      'EC2 in a region that a network of its own does not reach',
      [['instances.0.strategy', { name: 'ebs', options: { ...ebsOptions, region: 'eu-west-1' } }]],
      'instances[0].strategy.options is {"region":"eu-west-1","instanceId":"i-0a1b2c3d4e5f60718"}: the EC2 of eu-west-1 is out of reach: the network\'s endpoints lead to eu-central-1 only; use a network that is there and has a way out (network.existing without createEndpoints)',
      `How the baseline is taken. ${SEE}`,
    ],
    [
      'copies of a hybrid in such a region, from a network that was given endpoints',
      [
        ['network', { existing: { ...existing, createEndpoints: true } }],
        [
          'instances.0.strategy',
          {
            name: 'hybrid',
            options: {
              volumes: { strategy: 'ebs', options: { ...ebsOptions, copyTo: { region: 'eu-north-1' } } },
            },
          },
        ],
      ],
      'instances[0].strategy.options is {"volumes":{"strategy":"ebs","options":{"region":"eu-central-1","instanceId":…: the EC2 of eu-north-1 is out of reach: the network\'s endpoints lead to eu-central-1 only; use a network that is there and has a way out (network.existing without createEndpoints)',
      `How the baseline is taken. ${SEE}`,
    ],
    [
      'a zone of another region',
      [['network.create.availabilityZones', ['eu-central-1a', 'eu-west-1b']]],
      'network.create.availabilityZones[1] is "eu-west-1b": expected a zone of the region eu-central-1',
      `Zones of its isolated subnets. For example ["eu-central-1a","eu-central-1b"]. ${SEE}`,
    ],
    [
      'a network without room',
      [['network.create.cidr', '10.40.0.0/26']],
      'network.create.cidr is "10.40.0.0/26": expected a range of /16 to /25, for 2 subnets',
      `IPv4 range of the new VPC; it must not overlap what it is peered with. For example "10.40.0.0/20". ${SEE}`,
    ],
    [
      'a secret of another region',
      [['instances.0.databaseSecretArn', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:msr-AbCdEf']],
      'instances[0].databaseSecretArn is "arn:aws:secretsmanager:us-east-1:111122223333:secret:msr-AbCdEf": expected one in the stage\'s region, eu-central-1',
      `The secret whose JSON holds MSR_DATABASE_URL and the other secret variables; \`create\` makes an empty one to fill in. For example "create". ${SEE}`,
    ],
    [
      "PagerDuty's key in a secret of another region",
      [
        [
          'alerts.pagerDuty',
          { routingKeySecretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:pd-AbCdEf' },
        ],
      ],
      'alerts.pagerDuty.routingKeySecretArn is "arn:aws:secretsmanager:us-east-1:111122223333:secret:pd-AbCdEf": expected one in the stage\'s region, eu-central-1',
      `The secret whose text is the routing key of an integration of type Events API v2, and nothing else. For example "arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr/pagerduty-AbCdEf". ${SEE}`,
    ],
    [
      'a key of the copy in another region than the copy',
      [
        ['vault.replication.bucketArn', 'arn:aws:s3:::mine'],
        ['vault.replication.keyArn', 'arn:aws:kms:eu-central-1:222233334444:key/1'],
      ],
      'vault.replication.keyArn is "arn:aws:kms:eu-central-1:222233334444:key/1": expected a key in eu-west-1, where the copy is',
      `The KMS key that the copies in \`bucketArn\` are encrypted with. For example "arn:aws:kms:eu-west-1:222233334444:key/11111111-2222-3333-4444-555555555555". ${SEE}`,
    ],
    [
      'more instances than a stack holds',
      [['instances', Array.from({ length: 5 }, (_, index) => ({ ...secondInstance, name: `az-${index}x` }))]],
      'instances is [{"name":"az-0x","databaseSecretArn":"create","kafka":{"brokers":["b-1.kafka.…: there are 5, and CloudFormation holds the resources of 4 in one stack; describe the others in a second file, as a stage of another name',
      `The MSR instances: a database and a sink each. ${SEE}`,
    ],
    [
      "more variables than a Lambda's environment holds",
      [
        [
          'instances.0.kafka.brokers',
          Array.from({ length: 90 }, (_, index) => `broker-${index}.kafka.internal:9096`),
        ],
      ],
      'instances[0] is {"name":"az-a","databaseSecretArn":"create","kafka":{"brokers":["broker-0.kaf…: a Lambda\'s environment would have about 4231 bytes, and may have 4096; shorten the strategy\'s options (put long commands into an SSM document of your own) or the list of brokers',
      `Compare it with the example file. ${SEE}`,
    ],
  ])('%s', (_, changes, fact, hint) => {
    const text = refusal(...changes);
    expect(text).toContain(`c.json: ${fact}`);
    expect(text.split('\nHINT: ')[1]).toBe(hint);
  });

  it('tells all that is wrong at once, contradictions of what is right beside what is not, each with its HINT', () => {
    const text = refusal(
      ['timeZone', 'Berlin'],
      ['alerts.pager', 'x'],
      ['alerts.phone', 'y'],
      ['vault.replication.region', 'eu-central-1'],
      ['instances.1', { ...secondInstance, name: 'az-a' }],
      ['instances.2', { ...secondInstance, name: 'Z' }],
    );
    const facts = text.split('\n\n').map((each) => each.split('\nHINT: '));
    expect(facts.map(([fact]) => fact)).toEqual([
      'c.json: timeZone is "Berlin": expected the name of a time zone, as Europe/Berlin',
      'c.json: alerts.pager is not known',
      'c.json: alerts.phone is not known',
      'c.json: instances[2].name is "Z": expected lower-case letters, digits and single hyphens',
      'c.json: vault.replication.region is "eu-central-1": expected another region than that of the vault',
      'c.json: instances[1].name is "az-a": another instance has this name',
    ]);
    expect(facts.map(([, hint]) => hint?.length)).not.toContain(0);
    expect(facts.map(([, hint]) => hint)).not.toContain(undefined);
  });

  it('shows no password', () => {
    expect(refusal(['instances.0.connectUrl', 'https://connect:geheim@connect.internal'])).toBe(
      'c.json: instances[0].connectUrl is "https://connect:***@connect.internal": expected no credentials in the URL\n' +
        `HINT: Kafka Connect, the REST listener of any worker. For example "https://connect.internal:8083". ${SEE}`,
    );
  });

  it('is no JSON', () => {
    expect(() => parseConfig('c.json', '{')).toThrow(/^c\.json is not JSON: /);
  });

  it('cannot be read', () => {
    expect(() => loadConfig('/nowhere.json')).toThrow(
      'the configuration /nowhere.json cannot be read: ENOENT',
    );
  });
});

describe('where the configuration is', () => {
  it.each<[context: unknown, variable: string | undefined, path: string]>([
    ['/a.json', '/b.json', '/a.json'],
    [undefined, '/b.json', '/b.json'],
    [undefined, 'b.json', join(process.cwd(), 'b.json')],
    [undefined, undefined, join('/root', EXAMPLE_CONFIG)],
    ['', '', join('/root', EXAMPLE_CONFIG)],
  ])('-c config=%s, MSR_CONFIG=%s', (context, MSR_CONFIG, path) => {
    expect(configPath({ root: '/root', context, env: { MSR_CONFIG } })).toBe(path);
  });
});

describe('a configuration that is right', () => {
  it('is the example', () => {
    expect(loadConfig(join(ROOT, EXAMPLE_CONFIG))).toMatchObject({
      vault: { lockDays: 14, retention: { daily: 14, weekly: 8, monthly: 12 } },
      instances: [{ schedule: { frequency: 'daily', at: '03:30', maintenanceWaitMinutes: 90 } }],
    });
  });

  it('pauses the sink for a backup, unless it says otherwise', () => {
    expect(exampleConfig().instances[0]?.schedule.pause).toBe(true);
    const [instance] = exampleConfig(['instances.0.schedule', { pause: false }]).instances;
    expect(instance?.schedule).toMatchObject({ pause: false, at: '03:30' });
  });

  it('has two instances that share their Kafka', () => {
    expect(exampleConfig(['instances.1', secondInstance]).instances.map(({ name }) => name)).toEqual([
      'az-a',
      'az-b',
    ]);
  });

  it.each<[Change[], number]>([
    [[['instances.0.databaseSizeGiB', 1]], 21],
    [[['instances.0.databaseSizeGiB', 100]], 55],
    [[['instances.0.databaseSizeGiB', 400]], 190],
    [[['instances.0.ephemeralStorageGiB', 120]], 120],
    [
      [
        ['instances.0.strategy', { name: 'ebs', options: ebsOptions }],
        ['instances.0.databaseSizeGiB', 4000],
      ],
      21,
    ],
  ])("gives a task's disk: %j → %i GiB", (changes, expected) => {
    const [instance] = exampleConfig(...changes).instances;
    expect(instance && ephemeralStorageGiB(instance)).toBe(expected);
  });
});
