import { appId } from '../../lib/runtime/app-id.ts';
import type { RecordedCall, Scene } from '../aws/recording.ts';
import { requestsOf } from './call-requests.ts';
import { callersOf } from './callers.ts';
import { ALSO_CALLS, declaredCalls, declaredRequests } from './declared-calls.ts';
import { Grants } from './grants.ts';
import { serviceRequests } from './services/service-requests.ts';
import type { AccessRequest, Answer, Authorization } from './simulate.ts';
import { authorizationOf, callsOf, type JudgedStage, judgedStage, STAGE_NAMES } from './stages.ts';
import { Translation } from './translation.ts';

/** What the tests of this run asked AWS's emulators. */
export interface Recordings {
  readonly calls: readonly RecordedCall[];
  readonly names: ReadonlyArray<Readonly<Record<string, Readonly<Record<string, string>>>>>;
  readonly scenes: readonly Scene[];
}

/** A call that could not be judged: that is no pass. */
export interface Unjudged {
  /** Which call of whom, or which request. */
  readonly what: string;
  readonly why: string;
}

/** One stage, with what it was asked and what its policies answered. */
export interface JudgedRequests {
  readonly stage: JudgedStage;
  /** Those of the recorded calls that can be made in it, in its own names. */
  readonly calls: readonly RecordedCall[];
  readonly answers: readonly Answer[];
  readonly unjudged: readonly Unjudged[];
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
  const unjudged: Unjudged[] = [];
  const recorded = [...recordings.calls, ...declaredCalls()];
  const named = forEachCall(recorded, unjudged, (call) => [translation.of(call)]);
  const calls = callsOf(stage.name, withOthers(named));
  const requests = [
    ...forEachCall(calls, unjudged, (call) => requestsOfCall(stage, call)),
    ...serviceRequests(account),
    ...declaredRequests(stage),
  ];
  const { answers, failed } = await askEach(authorizationOf(stage), distinct(requests));
  return { stage, calls, answers, unjudged: [...unjudged, ...failed] };
}

/** One call that nobody can make sense of keeps none of the others from being judged. */
function forEachCall<T>(
  calls: readonly RecordedCall[],
  unjudged: Unjudged[],
  work: (call: RecordedCall) => readonly T[],
): T[] {
  return calls.flatMap((call) => {
    try {
      return work(call);
    } catch (error) {
      unjudged.push({ what: `${call.app}: ${call.service} ${call.operation}`, why: messageOf(error) });
      return [];
    }
  });
}

/** One request that the simulator cannot answer keeps none of the others from being judged. */
export async function askEach(
  authorization: Pick<Authorization, 'ask'>,
  requests: readonly AccessRequest[],
): Promise<{ readonly answers: readonly Answer[]; readonly failed: readonly Unjudged[] }> {
  const answers: Answer[] = [];
  const failed: Unjudged[] = [];
  for (const request of requests) {
    try {
      answers.push(await authorization.ask(request));
    } catch (error) {
      const { principal, action, resource, because } = request;
      const what = `${because}: ${principal} asks for ${action} on ${JSON.stringify(resource)}`;
      failed.push({ what, why: messageOf(error) });
    }
  }
  return { answers, failed };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
