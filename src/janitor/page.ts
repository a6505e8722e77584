import { causeMessage } from '../clients/task-failure.ts';
import { redact } from '../core/redact.ts';
import { runbookReference } from '../core/runbook.ts';
import type { Incident } from './incident.ts';

/** What the janitor found and did, for the people on call. */
export interface JanitorReport {
  /** What was done, in order; empty where there was nothing to do. */
  readonly done: readonly string[];
  /** How the sink stands now. */
  readonly sink:
    | { readonly state: 'running' | 'as it was found'; readonly resumed: boolean }
    /** Nothing of what the incident is about stands frozen. */
    | { readonly state: 'untouched' }
    | { readonly state: 'left to another operation'; readonly by: string }
    /** Nothing stood frozen, and Connect could not be asked. */
    | { readonly state: 'unknown'; readonly why: string }
    | { readonly state: 'stands still'; readonly why: string; readonly triedAgainAt: string | undefined };
  /** The newest backup that can be restored; undefined where there is none. */
  readonly lastGood: { readonly id: string; readonly cutAt: string; readonly verified: boolean } | undefined;
}

export interface PageContext {
  /** The MSR instance's name. */
  readonly instance: string;
  /** Where the runbook is; its headings are those of the pages. undefined: nobody has said. */
  readonly runbookUrl: string | undefined;
  readonly now: Date;
}

export interface Page {
  readonly subject: string;
  readonly message: string;
}

const HOUR_MS = 3_600_000;

/** What, how bad, and what to do next, in plain words. Holds no secret. */
export function composePage(incident: Incident, report: JanitorReport, context: PageContext): Page {
  const stands = report.sink.state === 'stands still';
  const what = describeIncident(incident);
  const subject = `[MSR ${context.instance}] ${stands ? 'THE SINK STANDS STILL: ' : ''}${what.short}`;
  const lines = [
    `What: ${what.long}`,
    `How bad: ${describeSink(report.sink)} ${describeLastGood(report.lastGood, context.now)}`,
    `Done: ${report.done.length === 0 ? 'nothing was left to clean up' : report.done.join('; ')}`,
    `Next: ${nextStep(incident, report)}`,
    runbookReference(context.runbookUrl, runbookHeading(incident)),
  ];
  return { subject: oneLine(redact(subject)), message: redact(lines.join('\n\n')) };
}

function describeIncident(incident: Incident): { short: string; long: string } {
  if (incident.kind === 'guardian fired') {
    const { owner, connector } = incident;
    return {
      short: `${owner} died while ${connector} was stopped`,
      long: `the process of ${owner} stopped ${connector} and has not been heard of since; its guardian fired (call ${incident.attempt})`,
    };
  }
  if (incident.kind === 'task stopped') {
    const { operationId, taskArn, reason } = incident;
    const task = taskArn.slice(taskArn.lastIndexOf('/') + 1);
    const why = reason === '' ? '' : `: ${reason}`;
    return {
      short: `a task of ${operationId} ended while the sink was stopped`,
      long: `the task ${task} of ${operationId} ended while it had the sink stopped${why}`,
    };
  }
  const machine = lastPart(incident.stateMachineArn);
  const execution = lastPart(incident.executionArn);
  const ended = { FAILED: 'failed', TIMED_OUT: 'timed out', ABORTED: 'was aborted' }[incident.status];
  const error = incident.error === '' ? '' : ` with ${incident.error}`;
  const cause = incident.cause === '' ? '' : `: ${causeMessage(incident.cause)}`;
  return { short: `${machine} ${ended}${error}`, long: `${machine} ${ended}${error} (${execution})${cause}` };
}

function describeSink(sink: JanitorReport['sink']): string {
  switch (sink.state) {
    case 'running':
      return sink.resumed ? 'the sink stood still and runs again.' : 'the sink runs.';
    case 'as it was found':
      return 'the sink is as it was found; it did not run before.';
    case 'left to another operation':
      return `the sink is in the hands of another operation (${sink.by}).`;
    case 'untouched':
      return 'the sink was not stopped by it.';
    case 'unknown':
      return `nothing had stopped the sink, but how it stands is not known: ${sink.why}.`;
    case 'stands still': {
      const again =
        sink.triedAgainAt === undefined
          ? 'It is NOT tried again.'
          : `It is tried again at ${sink.triedAgainAt}.`;
      return `THE SINK STANDS STILL, no event reaches the database: ${sink.why}. ${again}`;
    }
  }
}

function describeLastGood(last: JanitorReport['lastGood'], now: Date): string {
  if (last === undefined) return 'There is NO usable backup in the vault.';
  const hours = Math.max(0, (now.getTime() - Date.parse(last.cutAt)) / HOUR_MS).toFixed(1);
  const verified = last.verified ? 'verified' : 'not verified since it was written';
  return `The last good backup is ${last.id}, cut ${hours} h ago, ${verified}.`;
}

function nextStep(incident: Incident, report: JanitorReport): string {
  if (report.sink.state === 'stands still')
    return 'mend what keeps the sink from running; the next try, or the next backup or recovery, resumes it';
  if (incident.kind !== 'execution ended')
    return 'look why the task died; its state machine goes on by itself';
  const start = `aws stepfunctions start-execution --state-machine-arn ${incident.stateMachineArn} --input '{}'`;
  return `mend what it says, then start it again:\n${start}`;
}

function runbookHeading(incident: Incident): string {
  return incident.kind === 'execution ended' ? 'execution-failed' : 'sink-left-stopped';
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

/** SNS refuses a subject with a line break. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 100);
}
