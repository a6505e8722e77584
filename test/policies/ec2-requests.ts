import { type Call, request } from './call.ts';
import { keyRequests } from './encryption.ts';
import type { AccessRequest } from './simulate.ts';

/**
 * Whatever key the database's volumes are encrypted with; its policy lets the
 * account's roles in by their own.
 */
export const VOLUME_KEY_ID = '11111111-2222-3333-4444-555555555555';

/** https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html */
const COPYING = ['kms:DescribeKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:CreateGrant', 'kms:Decrypt'];
const MAKING_A_VOLUME = [...COPYING, 'kms:GenerateDataKeyWithoutPlaintext'];

type ToRequests = (call: EbsCall) => AccessRequest[];

const OPERATIONS: Readonly<Record<string, ToRequests>> = {
  CreateSnapshots: (call) => [
    call.on('instance', call.about['InstanceSpecification.InstanceId']),
    call.on('volume', 'vol-0123456789abcdef0'),
    ...call.tagged('snapshot'),
  ],
  CopySnapshot: (call) => [
    call.on('snapshot', call.about['SourceSnapshotId'], call.about['SourceRegion']),
    ...call.tagged('snapshot'),
    ...call.withKey(COPYING),
  ],
  CreateVolume: (call) => [
    call.on('snapshot', call.about['SnapshotId']),
    ...call.tagged('volume'),
    ...call.withKey(MAKING_A_VOLUME),
  ],
  AttachVolume: (call) => [
    call.on('volume', call.about['VolumeId']),
    call.on('instance', call.about['InstanceId']),
  ],
  DetachVolume: (call) => [
    call.on('volume', call.about['VolumeId']),
    call.on('instance', call.about['InstanceId']),
  ],
  DeleteVolume: (call) => [call.on('volume', call.about['VolumeId'])],
  DeleteSnapshot: (call) => [call.on('snapshot', call.about['SnapshotId'])],
  LockSnapshot: (call) => [call.on('snapshot', call.about['SnapshotId'])],
};

/** EC2 asks for each resource that a call names or makes. @throws RangeError for an unknown operation */
export function ec2Requests(call: Call): AccessRequest[] {
  const { operation } = call.call;
  if (operation.startsWith('Describe')) return [request(call, `ec2:${operation}`, '*')];
  const toRequests = OPERATIONS[operation];
  if (toRequests === undefined)
    throw new RangeError(`nobody has said which rights EC2's ${operation} asks for`);
  return toRequests(new EbsCall(call));
}

class EbsCall {
  readonly about: Readonly<Record<string, string>>;
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
    this.about = call.call.about;
  }

  /** A resource that is there, with its tags. */
  on(kind: 'instance' | 'volume' | 'snapshot', id = '', region = this.#call.call.region): AccessRequest {
    return this.#request(
      this.#arn(kind, id, region),
      this.#tags('aws:ResourceTag', this.#call.call.tags[id] ?? {}),
    );
  }

  /** What is made with tags, and the tags themselves. */
  tagged(kind: 'volume' | 'snapshot'): AccessRequest[] {
    const tags = this.#requestTags();
    const made = this.#request(this.#arn(kind, `${kind === 'volume' ? 'vol' : 'snap'}-0new`), {
      ...this.#tags('aws:RequestTag', tags),
      'aws:TagKeys': Object.keys(tags),
    });
    if (Object.keys(tags).length === 0) return [made];
    const { operation } = this.#call.call;
    const context = { ...made.context, 'ec2:CreateAction': operation };
    return [made, { ...made, action: 'ec2:CreateTags', context }];
  }

  withKey(actions: readonly string[]): AccessRequest[] {
    const { account, principal, call } = this.#call;
    return keyRequests(account, {
      principal,
      actions,
      key: `arn:aws:kms:${call.region}:${account.id}:key/${VOLUME_KEY_ID}`,
      via: { service: 'ec2', region: call.region },
      context: { 'kms:GrantIsForAWSResource': 'true' },
      because: request(this.#call, '', '').because,
    });
  }

  #request(resource: string, context: AccessRequest['context']): AccessRequest {
    return request(this.#call, `ec2:${this.#call.call.operation}`, resource, context);
  }

  #arn(kind: string, id: string, region = this.#call.call.region): string {
    // A snapshot's ARN names no account.
    const owner = kind === 'snapshot' ? '' : this.#call.account.id;
    return `arn:aws:ec2:${region}:${owner}:${kind}/${id}`;
  }

  #tags(prefix: string, tags: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));
  }

  /** `TagSpecification.1.Tag.2.Key`, and its Value. */
  #requestTags(): Record<string, string> {
    const keys = Object.entries(this.about).filter(([name]) =>
      /^TagSpecification\.\d+\.Tag\.\d+\.Key$/.test(name),
    );
    return Object.fromEntries(
      keys.map(([name, key]) => [key, this.about[name.replace(/Key$/, 'Value')] ?? '']),
    );
  }
}

/** SSM runs a document on an instance. */
export function ssmRequests(call: Call): AccessRequest[] {
  const { operation, about, region, tags } = call.call;
  if (operation !== 'SendCommand') return [request(call, `ssm:${operation}`, '*')];
  const document = about['DocumentName'] ?? '';
  const owner = document.startsWith('AWS-') ? '' : call.account.id;
  const instances = JSON.parse(about['InstanceIds'] ?? '[]') as string[];
  return [
    request(call, 'ssm:SendCommand', `arn:aws:ssm:${region}:${owner}:document/${document}`),
    ...instances.map((id) => {
      const own = Object.entries(tags[id] ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]);
      const arn = `arn:aws:ec2:${region}:${call.account.id}:instance/${id}`;
      return request(call, 'ssm:SendCommand', arn, Object.fromEntries(own));
    }),
  ];
}
