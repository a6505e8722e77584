import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Account } from './account.ts';
import type { Role } from './policies.ts';
import type { Policy } from './policy.ts';

const PAGE = fileURLToPath(new URL('../../docs/recover-from-the-console.md', import.meta.url));

/** Whoever answers a recovery has what the page says, and no more. */
export function operatorRole(
  account: Account,
  { stage, instance }: { readonly stage: string; readonly instance: string },
): Role {
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? [];
  const places: Readonly<Record<string, string>> = {
    region: account.region,
    account: account.id,
    stage,
    instance,
    'vault bucket': `msr-${stage}-vault-${account.id}-${account.region}`,
    'documents bucket': `msr-${stage}-docs-${account.id}-${account.region}`,
    "the vault's key": account.keyArn(alias(account, stage, 'vault')),
    'the operations key': account.keyArn(alias(account, stage, 'operations')),
  };
  const filled = text.replace(/<([^>]+)>/g, (_, place: string) => {
    const value = places[place];
    if (value === undefined) throw new RangeError(`${PAGE} speaks of <${place}>`);
    return value;
  });
  const arn = `arn:aws:iam::${account.id}:role/operator`;
  const policy: Policy = { name: PAGE.replace(/^.*\//, ''), document: JSON.parse(filled) };
  const trust: Policy = { name: 'operator (trust)', document: { Version: '2012-10-17', Statement: [] } };
  return { name: 'operator', arn, trust, policies: [policy] };
}

function alias({ region, id }: Account, stage: string, name: string): string {
  return `arn:aws:kms:${region}:${id}:alias/msr-${stage}-${name}`;
}
