import type { ConnectorStatus } from '../clients/connect.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Look } from '../doctor/look.ts';
import type { ConnectFacts } from '../doctor/look-at-connect.ts';
import type { FreezeRecord } from '../freeze/freeze-record.ts';
import { describeStatus, sinkFound } from '../freeze/sink-control.ts';
import { type JudgeContext, type Judgement, ok, page, pageWhenSeenAgain, unknown } from './judgement.ts';
import type { SourceConnector } from './look-at-connectors.ts';

export interface SinkScene {
  readonly connect: Look<ConnectFacts>;
  readonly sources: Look<readonly SourceConnector[]>;
  /** Who holds the sink still on purpose. */
  readonly freeze: FreezeRecord | undefined;
}

const CHECK = 'sink-running';

/** The sink and the sources of its topics, as Kafka Connect has them. Pure. */
export function judgeSinkRunning({ connect, sources, freeze }: SinkScene, ctx: JudgeContext): Judgement {
  if ('error' in connect) return notAnswering(connect.error, ctx);
  const { connector, status, url } = connect.seen;
  if ('error' in status) return notAnswering(status.error, ctx);
  const running = status.seen.tasks.filter(({ state }) => state === 'RUNNING').length;
  const fact = `${connector} is ${describeStatus(status.seen)}`;
  const values = { SinkRunningTasks: running };
  switch (sinkFound(status.seen)) {
    case 'RUNNING':
      return { ...judgeSources(sources, fact, ctx), values };
    case 'FAILED':
      return page({ evidence: [fact, ...traces(status.seen)], values, hint: failedHint(url, connector) });
    case 'PAUSED':
    case 'STOPPED':
      if (freeze !== undefined) {
        return ok(`${fact}: held still by the ${freeze.purpose} ${freeze.owner} since ${freeze.startedAt}`, {
          values,
        });
      }
      return pageWhenSeenAgain(
        CHECK,
        { evidence: [`${fact}, and nothing of msr holds it`], values, hint: stoppedHint(url, connector) },
        ctx,
      );
    case undefined:
      return pageWhenSeenAgain(
        CHECK,
        {
          evidence: [`${fact}: a rebalance, or a start that does not end`],
          values,
          hint: 'see the log of the Connect workers',
        },
        ctx,
      );
  }
}

function judgeSources(sources: SinkScene['sources'], fact: string, ctx: JudgeContext): Judgement {
  if ('error' in sources)
    return unknown(`${fact}; the sources of its topics cannot be seen: ${textOf(sources.error)}`);
  const bad = sources.seen.filter(({ status }) => sinkFound(status) !== 'RUNNING');
  if (bad.length === 0) {
    const names = sources.seen.map(({ name }) => name).join(', ');
    return ok(
      names === ''
        ? `${fact}; no source of its topics runs in this Connect`
        : `${fact}; so do its sources: ${names}`,
    );
  }
  const facts = bad.map(({ name, status }) => `the source ${name} is ${describeStatus(status)}`);
  const failed = bad.some(({ status }) => sinkFound(status) === 'FAILED');
  const told = {
    evidence: [facts.join('; '), ...bad.flatMap(({ status }) => traces(status)), fact] as [
      string,
      ...string[],
    ],
    hint: "events do not reach Kafka: mend what the trace says before the source database's log (its replication slot) is full, then restart it",
  };
  return failed ? page(told) : pageWhenSeenAgain(CHECK, told, ctx);
}

function notAnswering(error: unknown, ctx: JudgeContext): Judgement {
  if (!(error instanceof OperatorError)) return unknown(textOf(error));
  return pageWhenSeenAgain(CHECK, { evidence: [error.message], hint: error.hint }, ctx);
}

/** The first lines of what Connect kept of a failure; all of it is pages long. */
function traces({ tasks }: ConnectorStatus): string[] {
  return tasks.flatMap(({ id, trace }) => {
    if (trace === undefined) return [];
    const causes = trace.split('\n').filter((line, at) => at === 0 || line.startsWith('Caused by: '));
    return [`task ${id}: ${causes.slice(0, 4).join(' · ').slice(0, 600)}`];
  });
}

function failedHint(url: string, connector: string): string {
  return `mend what the trace says, then \`curl -X POST '${url}/connectors/${connector}/restart?includeTasks=true&onlyFailed=true'\`; a record that the database refuses fails it again at the same offset`;
}

function stoppedHint(url: string, connector: string): string {
  return `ask who stopped it and why before you \`curl -X PUT ${url}/connectors/${connector}/resume\`; Kafka holds its events meanwhile (see backup-replayable)`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
