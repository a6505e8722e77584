import { describe, expect, it } from 'vitest';
import { synthesize } from '../../lib/assembly/synthesize.ts';
import { type Change, changedExample, exampleConfig, ROOT } from './config/example.ts';

const existing = {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  cidr: '10.0.0.0/16',
  subnetIds: ['subnet-0a1b2c3d4e5f60718'],
  availabilityZones: ['eu-central-1a'],
  routeTableIds: ['rtb-0a1b2c3d4e5f60718'],
  createEndpoints: true,
};
const ebs = {
  region: 'eu-central-1',
  instanceId: 'i-0a1b2c3d4e5f60718',
  restore: { recoveryInstanceId: 'i-0b1b2c3d4e5f60718', commands: ['systemctl start postgresql'] },
};
const [instance] = JSON.parse(changedExample()).instances;

const PAGING_SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr/paging-AbCdEf';

/** Between them every construct that a configuration can choose. */
const STAGES: [what: string, changes: Change[]][] = [
  [
    'production in a given network, its copy in another account, two instances with MSK IAM and volumes',
    [
      ['account', '111122223333'],
      ['production', true],
      ['network', { existing }],
      ['vault.replication.account', '222233334444'],
      ['vault.breakGlassRoleArn', 'arn:aws:iam::111122223333:role/BreakGlass'],
      ['instances.0.strategy', { name: 'hybrid', options: { volumes: { strategy: 'ebs', options: ebs } } }],
      [
        'instances.1',
        {
          ...instance,
          name: 'az-b',
          databaseSecretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr-b-AbCdEf',
          secretKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
          kafka: {
            ...instance.kafka,
            saslMechanism: 'aws-msk-iam',
            mskClusterArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/events/1',
          },
          schedule: { frequency: 'hourly' },
        },
      ],
    ],
  ],
  [
    'no copy, a network of its own in a named account, no runbook to link to, PagerDuty and Slack',
    [
      ['alerts.pagerDuty', { routingKeySecretArn: PAGING_SECRET }],
      ['alerts.slack', { webhookSecretArn: PAGING_SECRET }],
      ['alerts.runbookUrl', undefined],
      ['account', '111122223333'],
      ['vault.replication', undefined],
    ],
  ],
];

describe('cdk-nag and CloudFormation Validate', () => {
  it.each(STAGES)(
    'find nothing that is not acknowledged, and nothing is looked up: %s',
    { timeout: 120_000 },
    (_, changes) => {
      const config = exampleConfig(...changes);
      const { lookups } = synthesize({ root: ROOT, config, bundling: false, checks: true });
      expect(lookups).toEqual([]);
    },
  );
});
