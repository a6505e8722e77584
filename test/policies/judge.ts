import { appId } from '../../lib/runtime/app-id.ts';
import type { RecordedCall, Scene } from '../aws/recording.ts';
import { requestsOf } from './call-requests.ts';
import { callersOf } from './callers.ts';
import { ALSO_CALLS, declaredCalls, declaredRequests } from './declared-calls.ts';
import { Grants } from './grants.ts';
import { serviceRequests } from './services/service-requests.ts';
import type { AccessRequest, Answer } from './simulate.ts';
import { authorizationOf, callsOf, type JudgedStage, judgedStage, STAGE_NAMES } from './stages.ts';
import { Translation } from './translation.ts';

/** What the tests of this run asked AWS's emulators. */
export interface Recordings {
  readonly calls: readonly RecordedCall[];
  readonly names: ReadonlyArray<Readonly<Record<string, Readonly<Record<string, string>>>>>;
  readonly scenes: readonly Scene[];
}

/** One stage, with what it was asked and what its policies answered. */
export interface JudgedRequests {
  readonly stage: JudgedStage;
  /** Those of the recorded calls that can be made in it, in its own names. */
  readonly calls: readonly RecordedCall[];
  readonly answers: readonly Answer[];
}

export interface Judgement {
  readonly stages: readonly JudgedRequests[];
  readonly grants: Grants;
}

/** Asks every stage's policies about every call that was recorded, is declared, or is a service's own. */
export async function judge(recordings: Recordings): Promise<Judgement> {
  const grants = new Grants();
  const stages: JudgedRequests[] = [];
  for (const name of STAGE_NAMES) {
    const judged = await judgeStage(judgedStage(name), recordings);
    grants.add(judged.stage.account, judged.stage.roles);
    for (const answer of judged.answers) grants.use(answer);
    stages.push(judged);
  }
  return { stages, grants };
}

async function judgeStage(stage: JudgedStage, recordings: Recordings): Promise<JudgedRequests> {
  const { account } = stage;
  const translation = new Translation(account, recordings.names, recordings.scenes);
  const calls = callsOf(
    stage.name,
    withOthers([...recordings.calls, ...declaredCalls()].map((call) => translation.of(call))),
  );
  const requests = [
    ...calls.flatMap((call) => requestsOfCall(stage, call)),
    ...serviceRequests(account),
    ...declaredRequests(stage),
  ];
  const authorization = authorizationOf(stage);
  const answers: Answer[] = [];
  for (const request of distinct(requests)) answers.push(await authorization.ask(request));
  return { stage, calls, answers };
}

/** The same code runs elsewhere, too: each call of it is asked for everybody who runs it. */
function withOthers(calls: readonly RecordedCall[]): RecordedCall[] {
  return calls.flatMap((call) => [
    call,
    ...ALSO_CALLS.filter(
      ({ service, operations }) => service === call.service && operations.includes(call.operation),
    )
      .flatMap(({ apps }) => apps)
      .filter((app) => app !== call.app)
      .map((app) => ({ ...call, app })),
  ]);
}

function requestsOfCall({ account, keys, operator }: JudgedStage, call: RecordedCall): AccessRequest[] {
  const callers = [...callersOf(account), { app: OPERATOR, role: operator.arn }];
  return callers
    .filter(({ app }) => app === call.app)
    .flatMap(({ role }) => requestsOf({ account, keys, call, principal: role }));
}

/** The command line of a person, who has rights of their own. */
const OPERATOR = appId('operator');

/** Thousands of calls are the same question. */
function distinct(requests: readonly AccessRequest[]): AccessRequest[] {
  const byText = new Map(
    requests.map((request) => {
      const { principal, action, resource, context } = request;
      return [JSON.stringify([principal, action, resource, context]), request];
    }),
  );
  return [...byText.values()];
}
