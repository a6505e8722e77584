import { fileURLToPath } from 'node:url';
import { synthesize } from '../../lib/assembly/synthesize.ts';
import { type Config, configSchema } from '../../lib/config/config.ts';
import { EMULATED_REGION, MINISTACK_ACCOUNT } from '../aws/emulators.ts';
import type { RecordedCall } from '../aws/recording.ts';
import { JUDGED } from '../aws/scenes.ts';
import { Account, type StackTemplate } from './account.ts';
import { VOLUME_KEY_ID } from './ec2-requests.ts';
import type { GivenKeys } from './encryption.ts';
import { operatorRole } from './operator.ts';
import { type Role, rolesOf } from './policies.ts';
import type { Policy } from './policy.ts';
import { NOT_DEPLOYED } from './reasons.ts';
import { Authorization } from './simulate.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPY_REGION = 'eu-central-1';
const COPY_ACCOUNT = '444455556666';
const secret = (name: string) =>
  `arn:aws:secretsmanager:${EMULATED_REGION}:${MINISTACK_ACCOUNT}:secret:${name}-AbCdEf`;
const GIVEN_SECRET = secret('given');
const PAGING_SECRET = secret(JUDGED.pagingSecret);
const READERS_SECRET = secret(JUDGED.readersSecret);
const SECRET_KEY = `arn:aws:kms:${EMULATED_REGION}:${MINISTACK_ACCOUNT}:key/22222222-2222-3333-4444-555555555555`;

type Instance = Readonly<Record<string, unknown>>;

const EBS = {
  region: EMULATED_REGION,
  instanceId: JUDGED.databaseInstanceId,
  copyTo: { region: COPY_REGION },
  lock: { mode: 'governance', days: 1 },
  restore: { recoveryInstanceId: JUDGED.recoveryInstanceId, commands: ['true'] },
};

interface Variation {
  readonly vault?: object;
  readonly alerts?: object;
  readonly instance?: Instance;
}

/** What differs from the deployment test's stage: one for each kind of grant that a configuration adds. */
const VARIATIONS = {
  deployed: {},
  replicated: { vault: { lockDays: 1, replication: { region: COPY_REGION } } },
  'replicated to another account': {
    vault: { lockDays: 1, replication: { region: COPY_REGION, account: COPY_ACCOUNT } },
  },
  'with secrets of its own': {
    instance: { databaseSecretArn: GIVEN_SECRET, secretKeyArn: SECRET_KEY, readersSecretArn: READERS_SECRET },
  },
  'with volumes': { instance: { strategy: { name: 'ebs', options: EBS } } },
  'with volumes restored from copies': {
    instance: {
      strategy: { name: 'ebs', options: { ...EBS, restore: { ...EBS.restore, region: COPY_REGION } } },
    },
  },
  hybrid: {
    instance: { strategy: { name: 'hybrid', options: { volumes: { strategy: 'ebs', options: EBS } } } },
  },
  'with MSK': {
    instance: {
      kafka: {
        brokers: ['b-1.kafka.internal:9098'],
        saslMechanism: 'aws-msk-iam',
        mskClusterArn: `arn:aws:kafka:${EMULATED_REGION}:${MINISTACK_ACCOUNT}:cluster/events/11111111-2222-3333-4444-555555555555-1`,
      },
    },
  },
  'with PagerDuty and Slack': {
    alerts: {
      pagerDuty: { routingKeySecretArn: PAGING_SECRET, secretKeyArn: SECRET_KEY },
      slack: { webhookSecretArn: PAGING_SECRET, secretKeyArn: SECRET_KEY },
    },
  },
} as const satisfies Record<string, Variation>;

export type StageName = keyof typeof VARIATIONS;
export const STAGE_NAMES = Object.keys(VARIATIONS) as StageName[];

/** A stage as deployed, and who may do what in it. */
export interface JudgedStage {
  readonly name: StageName;
  readonly account: Account;
  readonly roles: readonly Role[];
  /** A person with what docs/recover-from-the-console.md gives. */
  readonly operator: Role;
  readonly keys: GivenKeys;
  readonly given: ReadonlyMap<string, Policy>;
}

export function judgedStage(name: StageName): JudgedStage {
  const config = configOf(name);
  const { templates } = synthesize({ root: ROOT, config, bundling: false });
  const stacks = Object.entries(templates).map(([part, template]): StackTemplate => {
    const { replication } = config.vault;
    const isCopy = part === 'Replica';
    return {
      name: `MsrRecovery-${config.stage}-${part}`,
      account: (isCopy ? replication?.account : undefined) ?? MINISTACK_ACCOUNT,
      region: (isCopy ? replication?.region : undefined) ?? EMULATED_REGION,
      template,
    };
  });
  const account = new Account(stacks, { id: MINISTACK_ACCOUNT, region: EMULATED_REGION });
  const keys = new Map([GIVEN_SECRET, READERS_SECRET, PAGING_SECRET].map((arn) => [arn, SECRET_KEY]));
  const volumes = [EMULATED_REGION, COPY_REGION].map(
    (region) => `arn:aws:kms:${region}:${MINISTACK_ACCOUNT}:key/${VOLUME_KEY_ID}`,
  );
  const given = new Map([SECRET_KEY, ...volumes].map((arn) => [arn, accountKeyPolicy()]));
  const operator = operatorRole(account, { stage: config.stage, instance: 'bed' });
  return { name, account, roles: [...rolesOf(account), operator], operator, keys, given };
}

export function authorizationOf({ account, roles, given }: JudgedStage): Authorization {
  return new Authorization(account, roles, given);
}

const OF_VOLUMES = new Set(['ec2', 'ssm']);
const RESTORING = new Set(['CreateVolume', 'AttachVolume', 'DetachVolume', 'DeleteVolume', 'SendCommand']);
const isRestoring = ({ operation }: RecordedCall) => RESTORING.has(operation);
/** Wherever a test's recovery instance is, the same calls are made there. */
function restoredIn(region: string, call: RecordedCall): RecordedCall {
  return isRestoring(call) ? { ...call, region } : call;
}
/** By its name or its ARN. */
const isReaders = ({ about }: RecordedCall) => about['SecretId']?.includes(JUDGED.readersSecret) === true;

/** Those who hand on to a service that only some stages have. */
const PAGING = new Set(['msr-pager-duty', 'msr-slack']);
const isPaging = ({ app }: RecordedCall) => PAGING.has(app);

/** Which of the recorded calls are made in a stage, by its configuration. */
export function callsOf(name: StageName, calls: readonly RecordedCall[]): RecordedCall[] {
  switch (name) {
    case 'deployed':
      return calls.filter(
        (call) =>
          !OF_VOLUMES.has(call.service) &&
          !isReaders(call) &&
          !isPaging(call) &&
          !(call.operation in NOT_DEPLOYED),
      );
    case 'with PagerDuty and Slack':
      return calls.filter(isPaging);
    case 'with volumes':
    case 'hybrid':
      return calls
        .filter((call) => OF_VOLUMES.has(call.service))
        .map((call) => restoredIn(EMULATED_REGION, call));
    case 'with volumes restored from copies':
      return calls
        .filter((call) => OF_VOLUMES.has(call.service))
        .map((call) => restoredIn(COPY_REGION, call));
    case 'with secrets of its own':
      return calls
        .filter((call) => call.service === 'secretsmanager' && !isPaging(call))
        .map((call) =>
          isReaders(call)
            ? { ...call, about: { ...call.about, SecretId: READERS_SECRET } }
            : { ...call, about: { ...call.about, SecretId: GIVEN_SECRET } },
        );
    default:
      return [];
  }
}

/** A key of the customer's with the policy that KMS gives it: the account decides by its own policies. */
function accountKeyPolicy(): Policy {
  const Principal = { AWS: `arn:aws:iam::${MINISTACK_ACCOUNT}:root` };
  const Statement = [{ Effect: 'Allow' as const, Principal, Action: 'kms:*', Resource: '*' }];
  return { name: "a customer's key", document: { Version: '2012-10-17', Statement } };
}

/** The instance `bed` of the stage `emulated`, as test/deploy deploys it. */
function configOf(name: StageName): Config {
  const { vault = { lockDays: 1 }, alerts = {}, instance = {} }: Variation = VARIATIONS[name];
  return configSchema.parse({
    stage: 'emulated',
    account: MINISTACK_ACCOUNT,
    region: EMULATED_REGION,
    network: {
      create: { cidr: '10.40.0.0/20', availabilityZones: [`${EMULATED_REGION}a`, `${EMULATED_REGION}b`] },
    },
    alerts: { emails: ['oncall@example.com'], ...alerts },
    vault,
    instances: [
      {
        name: 'bed',
        databaseSecretArn: 'create',
        kafka: { brokers: ['kafka.internal:9092'], ssl: false },
        connectUrl: 'http://connect.internal:8083',
        sinkConnector: 'sink',
        strategy: { name: 'dump' },
        ...instance,
      },
    ],
  });
}
