import {
  isWildcardOnlyAction,
  runSimulation,
  type SimulationResourceResult,
  type SuccessfulRunSimulationResults,
} from '@cloud-copilot/iam-simulate';
import type { Account } from './account.ts';
import { type Role, resourcePolicyOf } from './policies.ts';
import type { Policy } from './policy.ts';

/** One question that AWS asks before it does anything: may this one do that, here? */
export interface AccessRequest {
  /** A role's ARN, or a service: `events.amazonaws.com`. */
  readonly principal: string;
  /** `s3:PutObject` */
  readonly action: string;
  /** `*` for an action that knows no resource. */
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /** What led to it, for whoever reads of its denial. */
  readonly because: string;
}

/** A statement that allowed a request. */
interface UsedStatement {
  readonly policy: string;
  /** Its place in the policy, from 0. */
  readonly index: number;
}

export interface Answer {
  readonly request: AccessRequest;
  readonly result: 'Allowed' | 'ImplicitlyDenied' | 'ExplicitlyDenied';
  readonly used: readonly UsedStatement[];
}

/** Who may do what in an account, by identity, resource and key policies. */
export class Authorization {
  readonly #account: Account;
  readonly #roles: ReadonlyMap<string, Role>;
  /**
   * For keys and buckets that are not ours: their owner lets the account's roles in by their own policies.
   */
  readonly #given: ReadonlyMap<string, Policy>;

  constructor(account: Account, roles: readonly Role[], given: ReadonlyMap<string, Policy> = new Map()) {
    this.#account = account;
    this.#roles = new Map(roles.map((role) => [role.arn, role]));
    this.#given = given;
  }

  /** @throws Error where the simulator cannot tell, with what it says: neither allowed nor denied */
  async ask(request: AccessRequest): Promise<Answer> {
    const role = this.#roles.get(request.principal);
    const renamed = <T>(value: T) => rename(value, this.#account.id);
    const asked = renamed(request.action);
    const [service = '', action = ''] = asked.split(':');
    const isAnyResource = await isWildcardOnlyAction(service, action);
    const resource = isAnyResource ? '*' : request.resource;
    const policy = this.#resourcePolicy(request);
    const policies = role?.policies ?? [];
    const simulated = await runSimulation(
      {
        request: {
          principal: request.principal,
          action: asked,
          resource: { resource: renamed(resource), accountId: this.#account.ownerOf(resource) },
          contextVariables: renamed(this.#context(request)),
        },
        identityPolicies: policies.map(({ name, document }) => ({ name, policy: renamed(document) })),
        ...(policy === undefined ? {} : { resourcePolicy: renamed(policy.document) }),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    const result = simulated.resultType === 'error' ? undefined : resultOf(simulated);
    if (simulated.resultType === 'error' || result === undefined) {
      throw new Error(`${request.action} on ${resource}: ${JSON.stringify(simulated).slice(0, 600)}`);
    }
    requireHeard(request, result.ignoredContextKeys ?? [], JSON.stringify([policies, policy]));
    const { identityAnalysis, resourceAnalysis } = result.analysis;
    const used = [
      ...(identityAnalysis?.allowStatements ?? []).map(({ policyId = '', statement }) => ({
        policy: policyId,
        index: statement.index() - 1,
      })),
      ...(resourceAnalysis?.allowStatements ?? []).map(({ statement }) => ({
        policy: policy?.name ?? '',
        index: statement.index() - 1,
      })),
    ];
    return { request, result: simulated.overallResult, used };
  }

  #resourcePolicy({ action, resource }: AccessRequest): Policy | undefined {
    if (action === 'sts:AssumeRole') return this.#roles.get(resource)?.trust;
    return this.#given.get(resource) ?? resourcePolicyOf(this.#account, resource);
  }

  /** What AWS puts into every request. */
  #context({ principal, context }: AccessRequest): Record<string, string | string[]> {
    const always = principal.startsWith('arn:')
      ? { 'aws:PrincipalArn': principal, 'aws:PrincipalAccount': this.#account.id }
      : { 'aws:PrincipalServiceName': principal, 'aws:PrincipalIsAWSService': 'true' };
    const own = Object.entries(context).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : [...value],
    ]);
    return { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3', ...always, ...Object.fromEntries(own) };
  }
}

/** An action that is asked of any resource at all has one result for it. */
function resultOf(simulated: SuccessfulRunSimulationResults): SimulationResourceResult | undefined {
  return simulated.resultType === 'single' ? simulated.result : simulated.results[0];
}

/** @throws Error where a policy asks for something that the simulator did not take from the request */
function requireHeard(
  { action, context }: AccessRequest,
  ignored: readonly string[],
  policies: string,
): void {
  const missed = ignored.filter((key) => key in context && policies.includes(`"${key}"`));
  if (missed.length > 0) throw new Error(`the simulator does not know ${missed.join(', ')} for ${action}`);
}

/**
 * AWS's list of actions names no resource for them; the service asks for the state machine, as whoever
 * was denied has read (https://github.com/aws/aws-cdk/pull/8486). Actions on a state machine that nobody
 * of us has stand in for them.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  '"states:SendTaskSuccess"': '"states:UpdateStateMachine"',
  '"states:SendTaskFailure"': '"states:DeleteStateMachine"',
  '"states:SendTaskHeartbeat"': '"states:DescribeStateMachine"',
};

/**
 * The simulator knows no key with a colon in its variable part, as those of an encryption context: for it
 * they get the form of a tag's, which no policy of ours uses.
 */
function rename<T>(value: T, account: string): T {
  const text = JSON.stringify(value)
    .replace(
      /"kms:EncryptionContext:([^"]+)"/g,
      (_, name: string) => `"aws:PrincipalTag/encryption-context-${name.replaceAll(':', '-')}"`,
    )
    // The documents of AWS name no account, which the simulator takes for no document.
    .replace(/(:ssm:[^:"]*)::document\//g, `$1:${account}:document/`)
    .replace(/"states:SendTask\w+"/g, (action) => STAND_INS[action] ?? action);
  return JSON.parse(text) as T;
}
