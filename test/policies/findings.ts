import { fileURLToPath } from 'node:url';
import type { RecordedCall } from '../aws/recording.ts';
import { callersOf } from './callers.ts';
import { DECLARED_CALLS } from './declared-calls.ts';
import { madeEndpoints, neededEndpoints } from './endpoint-needs.ts';
import type { Grant } from './grants.ts';
import type { JudgedRequests, Judgement } from './judge.ts';
import { KEPT_ENDPOINTS, KEPT_GRANTS, SILENT_PARTS } from './reasons.ts';
import { sdkCommands } from './sdk-commands.ts';
import type { Answer } from './simulate.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What the bundles of Lambdas, tasks and command line are made of. */
const BUNDLED = ['src', 'lambdas', 'bin'];

/** Everything that is wrong, a sentence each: none of it passes. */
export function findings(judgement: Judgement, recorded: readonly RecordedCall[]): string[] {
  return [
    ...judgement.stages.flatMap(unjudged),
    ...judgement.stages.flatMap(denials),
    ...judgement.stages.flatMap(endpointFindings),
    ...grantFindings(judgement.grants.unused),
    ...commandFindings(recorded),
    ...silenceFindings(judgement, recorded),
  ];
}

function unjudged({ stage, unjudged: some }: JudgedRequests): string[] {
  return [...new Set(some.map(({ what, why }) => `${stage.name}: nobody could judge ${what}: ${why}`))];
}

function denials({ stage, answers }: JudgedRequests): string[] {
  const denied = answers.filter(({ result }) => result !== 'Allowed');
  return denied.map((answer) => `${stage.name}: ${sentence(answer)}`);
}

function sentence({ request, result }: Answer): string {
  const { principal, action, resource, because } = request;
  const who = principal.replace(/^arn:aws:iam::\d+:role\//, '');
  const how = result === 'ExplicitlyDenied' ? 'is denied' : 'may not';
  return `${who} ${how} ${action} on ${resource} (${because})`;
}

function grantFindings(unused: readonly Grant[]): string[] {
  const needless = unused
    .filter((grant) => !KEPT_GRANTS.some(({ fits }) => fits(grant)))
    .map(
      ({ action, resource, condition, policies }) =>
        `nothing has needed ${action} on ${resource} ${condition} in ${[...policies][0]}: remove it, or say in test/policies/reasons.ts why it stays`,
    );
  const stale = KEPT_GRANTS.filter(({ fits }) => !unused.some(fits)).map(
    ({ because }) => `test/policies/reasons.ts keeps a right that is gone or needed: ${because}`,
  );
  return [...needless, ...stale];
}

function endpointFindings({ stage, calls }: JudgedRequests): string[] {
  // Other stages differ in other things; only these had their calls recorded.
  if (stage.name !== 'deployed' && stage.name !== 'hybrid') return [];
  const [made, needed] = [madeEndpoints(stage.account), neededEndpoints(stage.account, calls)];
  const missing = [...needed].filter((service) => !made.has(service));
  const isBase = stage.name === 'deployed';
  const needless = [...made].filter((service) => !needed.has(service) && !(service in KEPT_ENDPOINTS));
  return [
    ...missing.map((service) => `${stage.name}: ${service} is called from inside, and has no endpoint`),
    ...(isBase ? needless : needless.filter((service) => /^(ec2|ssm)/.test(service))).map(
      (service) => `${stage.name}: the endpoint of ${service} is paid for, and nothing calls it`,
    ),
  ];
}

function commandFindings(recorded: readonly RecordedCall[]): string[] {
  const known = new Set([...recorded, ...DECLARED_CALLS.map(({ call }) => call)].map(nameOf));
  return sdkCommands(ROOT, BUNDLED)
    .filter((command) => !known.has(nameOf(command)))
    .map(
      ({ service, operation, files }) =>
        `${service} ${operation} of ${files.join(', ')} was recorded by no test: record it, or declare it in test/policies/declared-calls.ts`,
    );
}

function nameOf({ service, operation }: { readonly service: string; readonly operation: string }): string {
  return `${service} ${operation}`;
}

/** Whoever was not heard at all was not judged. */
function silenceFindings({ stages }: Judgement, recorded: readonly RecordedCall[]): string[] {
  const heard = new Set(recorded.map(({ app }) => app));
  const apps = new Set(stages.flatMap(({ stage }) => callersOf(stage.account).map(({ app }) => app)));
  const silent = [...apps].filter((app) => !heard.has(app) && !(app in SILENT_PARTS));
  return silent.map((app) => `${app} made no call in any test: nothing of it was judged`);
}
