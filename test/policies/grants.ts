import type { Account } from './account.ts';
import { MANAGED_PREFIX } from './managed-policies.ts';
import { listOf, type Role, resourcePolicyOf } from './policies.ts';
import type { Policy, Statement } from './policy.ts';
import type { Answer } from './simulate.ts';

/** One action on one resource under one condition, as statements allow it, whoever of us has it. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly condition: string;
  /** Whom a resource's policy lets in; undefined for a role's. */
  readonly principal: string | undefined;
  /** Where it stands: policies. */
  readonly policies: Set<string>;
}

/**
 * Every right of a stage. What AWS manages is left out: nobody of us can take an action out of
 * it. Denials are no rights.
 */
export class Grants {
  readonly #all = new Map<string, Grant>();
  readonly #used = new Set<string>();
  readonly #policies = new Map<string, Policy>();

  /** More stages, more rights; the same right counts once. */
  add(account: Account, roles: readonly Role[]): void {
    const ofRoles = roles
      .flatMap(({ policies }) => policies)
      .filter(({ name }) => !name.startsWith(MANAGED_PREFIX));
    for (const policy of ofRoles) this.#addPolicy(policy);
    for (const { arn } of account.resources) {
      const policy = resourcePolicyOf(account, arn);
      if (policy !== undefined) this.#addPolicy(policy);
    }
  }

  /** Marks what allowed it. */
  use({ request, used }: Answer): void {
    for (const { policy, index } of used) {
      const statement = this.#policies.get(policy)?.document.Statement[index];
      if (statement === undefined) continue;
      for (const grant of grantsIn(policy, statement)) {
        const fits = matches(grant.action, request.action, 'i') && matches(grant.resource, request.resource);
        // What knows no resource is asked of any.
        if (fits || (request.resource === '*' && matches(grant.action, request.action, 'i'))) {
          this.#used.add(keyOf(grant));
        }
      }
    }
  }

  /** Whether the request was let in by anything at all that can be listed here. */
  get unused(): Grant[] {
    return [...this.#all].filter(([key]) => !this.#used.has(key)).map(([, grant]) => grant);
  }

  get count(): number {
    return this.#all.size;
  }

  #addPolicy(policy: Policy): void {
    this.#policies.set(policy.name, policy);
    for (const statement of policy.document.Statement) {
      for (const grant of grantsIn(policy.name, statement)) {
        const known = this.#all.get(keyOf(grant));
        if (known === undefined) this.#all.set(keyOf(grant), grant);
        else known.policies.add(policy.name);
      }
    }
  }
}

function grantsIn(policy: string, statement: Statement): Grant[] {
  if (statement.Effect !== 'Allow') return [];
  const principal = statement.Principal === undefined ? undefined : JSON.stringify(statement.Principal);
  const condition = statement.Condition === undefined ? '' : JSON.stringify(statement.Condition);
  return listOf(statement.Action).flatMap((action) =>
    listOf(statement.Resource ?? '*').map((resource) => ({
      ...{ action, resource, condition, principal },
      policies: new Set([policy]),
    })),
  );
}

function keyOf({ action, resource, condition, principal }: Grant): string {
  return [action, resource, condition, principal].join('|');
}

/** IAM's wildcards. */
function matches(pattern: string, text: string, flags = ''): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, flags).test(text);
}
