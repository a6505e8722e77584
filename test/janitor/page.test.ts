import { describe, expect, it } from 'vitest';
import { composePage, type JanitorReport, type PageContext } from '../../src/janitor/page.ts';
import { ENDED, FIRED, STOPPED } from './sample-incidents.ts';

const context: PageContext = {
  instance: 'az-a',
  runbookUrl: 'https://wiki/runbook',
  now: new Date('2026-11-23T06:00:00Z'),
};
const lastGood = { id: '20261122T033000Z-1a2b', cutAt: '2026-11-22T03:30:00.000Z', verified: true };

describe('the page', () => {
  it('tells of a failed backup what, how bad, what was done, and the ready input', () => {
    const report: JanitorReport = {
      done: ['stopped the task 5', 'resumed sink', 'gave back the lock of the execution'],
      sink: { state: 'running', resumed: true },
      lastGood,
    };
    expect(composePage(ENDED, report, context)).toEqual({
      subject: '[MSR az-a] msr-prod-az-a-backup failed with ConnectError',
      message: `What: msr-prod-az-a-backup failed with ConnectError (run-1): Kafka Connect is not there
HINT: start it

How bad: the sink stood still and runs again. The last good backup is 20261122T033000Z-1a2b, cut 26.5 h ago, verified.

Done: stopped the task 5; resumed sink; gave back the lock of the execution

Next: mend what it says, then start it again:
aws stepfunctions start-execution --state-machine-arn ${ENDED.stateMachineArn} --input '{}'

Runbook: https://wiki/runbook#execution-failed`,
    });
  });

  it('names the heading of the runbook where nobody has said where that is', () => {
    const report: JanitorReport = { done: [], sink: { state: 'untouched' }, lastGood };
    const { message } = composePage(ENDED, report, { ...context, runbookUrl: undefined });
    expect(message).toMatch(
      /\nRunbook: the heading execution-failed of docs\/runbook\.md in the repository of /,
    );
  });

  it('shouts where the sink stands still', () => {
    const sink = {
      state: 'stands still',
      why: 'the live database cannot be read',
      triedAgainAt: '2026-11-23T06:02:00.000Z',
    } as const;
    const { subject, message } = composePage(FIRED, { done: [], sink, lastGood: undefined }, context);
    expect(subject).toBe(
      '[MSR az-a] THE SINK STANDS STILL: 20261123T033000Z-9f3a died while sink was stopped',
    );
    expect(message).toContain(
      'How bad: THE SINK STANDS STILL, no event reaches the database: the live database cannot be read. It is tried again at 2026-11-23T06:02:00.000Z. There is NO usable backup in the vault.',
    );
  });

  it('tells why a container died, where ECS says so', () => {
    const sink = { state: 'running', resumed: true } as const;
    const { subject, message } = composePage(STOPPED, { done: ['resumed sink'], sink, lastGood }, context);
    expect(subject).toBe('[MSR az-a] a task of 20261123T033000Z-9f3a ended while the sink was stopped');
    expect(message).toContain(
      'What: the task 7 of 20261123T033000Z-9f3a ended while it had the sink stopped: OutOfMemoryError\n',
    );
    expect(message).toContain('Runbook: https://wiki/runbook#sink-left-stopped');
  });

  it('names who else has the sink in hand', () => {
    const sink = { state: 'left to another operation', by: 'recover, since 06:00' } as const;
    const { message } = composePage(
      { ...ENDED, status: 'ABORTED', error: '', cause: '' },
      { done: [], sink, lastGood },
      context,
    );
    expect(message).toContain('What: msr-prod-az-a-backup was aborted (run-1)\n');
    expect(message).toContain('the sink is in the hands of another operation (recover, since 06:00).');
    expect(message).toContain('Done: nothing was left to clean up');
  });

  it('holds no password that a cause brought along', () => {
    const cause = 'cannot reach postgres://msr:s3cr3t@db:5432/msr';
    const sink = { state: 'running', resumed: false } as const;
    const page = composePage({ ...ENDED, error: cause, cause }, { done: [], sink, lastGood }, context);
    expect(JSON.stringify(page)).not.toContain('s3cr3t');
  });

  it('keeps its subject within what SNS takes', () => {
    const sink = { state: 'running', resumed: false } as const;
    const error = `Error\n${'x'.repeat(200)}`;
    const { subject } = composePage({ ...ENDED, error }, { done: [], sink, lastGood }, context);
    expect(subject).toHaveLength(100);
    expect(subject).not.toContain('\n');
  });
});
