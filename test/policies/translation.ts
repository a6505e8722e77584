import { MOTO_ACCOUNT } from '../aws/emulators.ts';
import type { RecordedCall, Scene } from '../aws/recording.ts';
import type { Account } from './account.ts';

type Names = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What CloudFormation named in an emulator, and what tests named themselves, by what it
 * is called in the account.
 */
export class Translation {
  readonly #account: Account;
  readonly #pairs: ReadonlyArray<readonly [from: string, to: string]>;

  constructor(account: Account, names: readonly Names[], scenes: readonly Scene[]) {
    const pairs = [
      ...names.flatMap((each) => physicalPairs(account, each)),
      ...scenes.flatMap(({ standsFor }) => Object.entries(standsFor)),
      [MOTO_ACCOUNT, account.id] as [string, string],
    ].map(([from, to]): [string, string] => [from, placed(account, to)]);
    this.#account = account;
    // What contains another name comes first.
    this.#pairs = pairs.filter(([from]) => from !== '').sort(([a], [b]) => b.length - a.length);
  }

  of(call: RecordedCall): RecordedCall {
    const text = (value: string) =>
      this.#pairs.reduce((so, [from, to]) => so.replaceAll(from, to), placed(this.#account, value));
    const values = (record: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(record).map(([key, value]) => [key, text(value)]));
    const tags = Object.entries(call.tags).map(([id, own]) => [text(id), values(own)]);
    return { ...call, about: values(call.about), tags: Object.fromEntries(tags) };
  }
}

/**
 * `{vault}` is a bucket; `{AWS::IAM::Role Guardians}` the name of the one role with that in its logical id.
 */
function placed(account: Account, text: string): string {
  return text.replace(/\{(AWS::[^}]+|vault|docs)\}/g, (_, place: string) => {
    const [type = '', part = ''] = place.split(' ');
    if (!type.startsWith('AWS::')) return `msr-emulated-${type}-${account.id}-${account.region}`;
    const found = account.ofType(type).find(({ logicalId }) => logicalId.includes(part));
    if (found === undefined) throw new RangeError(`there is no ${place} in the account`);
    return lastPart(found.arn);
  });
}

function physicalPairs(account: Account, names: Names): Array<[string, string]> {
  return Object.entries(names).flatMap(([stack, ids]) =>
    Object.entries(ids).flatMap(([logicalId, physical]): Array<[string, string]> => {
      const found = account.resources.find((each) => each.stack === stack && each.logicalId === logicalId);
      if (found === undefined || !MADE_NAMES.has(found.type)) return [];
      return [[lastPart(physical), lastPart(found.arn)]];
    }),
  );
}

/** Types that calls name and that have no name of ours. */
const MADE_NAMES = new Set([
  'AWS::IAM::Role',
  'AWS::ECS::Cluster',
  'AWS::Lambda::Function',
  'AWS::SQS::Queue',
]);

function lastPart(id: string): string {
  return id.replace(/^.*[:/]/, '');
}
