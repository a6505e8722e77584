import { describe, expect, it } from 'vitest';
import { alarmDescription } from '../../src/paging/alarm-text.ts';
import { noticeText, readNotice } from '../../src/paging/notice.ts';
import { alarmRecord, DESCRIPTION, record } from './sample-messages.ts';

describe('what an alarm tells people', () => {
  it('is what, how bad, since when, what it means for a recovery, and what to do first', () => {
    const notice = readNotice(alarmRecord('ALARM'));
    expect(notice).toMatchObject({
      key: 'msr-prod-az-a-page-sink',
      severity: 'page',
      isOver: false,
      title: 'msr-prod-az-a-page-sink: The database is far behind Kafka.',
      at: '2026-11-27T02:15:00.123Z',
      links: [
        { href: 'https://wiki.example.com/runbook#page-sink', text: 'Runbook' },
        {
          href: 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/msr-prod-az-a-page-sink',
          text: 'Alarm in CloudWatch',
        },
      ],
    });
    expect(noticeText(notice)).toBe(`What: The database is far behind Kafka.
How bad: somebody is needed now.
Since: 2026-11-27T02:15:00.123Z
For a recovery: nothing is lost while Kafka holds the events.
First: look at the state of the sink.
Runbook: https://wiki.example.com/runbook#page-sink
CloudWatch: arn:aws:cloudwatch:eu-central-1:111122223333:alarm:msr-prod-az-a-health-sink-lag transitioned to ALARM at Friday 27 November, 2026 02:15:00 UTC`);
  });

  it('ends under the same key, and says that it is over', () => {
    const [begun, ended] = [readNotice(alarmRecord('ALARM')), readNotice(alarmRecord('OK'))];
    expect(ended).toMatchObject({ key: begun.key, isOver: true });
    expect(ended.title).toBe('Over: msr-prod-az-a-page-sink: The database is far behind Kafka.');
    expect(noticeText(ended)).not.toContain('First:');
  });

  it('can wait where it is a ticket', () => {
    const notice = readNotice(
      alarmRecord('ALARM', { description: DESCRIPTION.replace('[page]', '[ticket]') }),
    );
    expect(notice.severity).toBe('ticket');
    expect(noticeText(notice)).toContain('How bad: it can wait for the morning.');
  });

  it('needs no ARN, which a recorder of CloudWatch may leave out', () => {
    const { AlarmArn: _, ...message } = JSON.parse(alarmRecord('OK').Sns.Message);
    const notice = readNotice(record(JSON.stringify(message), 'OK: an alarm'));
    expect(notice).toMatchObject({ key: 'msr-prod-az-a-page-sink', isOver: true, source: notice.key });
    expect(notice.links).toEqual([{ href: 'https://wiki.example.com/runbook#page-sink', text: 'Runbook' }]);
  });

  it('is a page where nobody said how bad it is', () => {
    expect(readNotice(alarmRecord('ALARM', { description: '' }))).toMatchObject({
      severity: 'page',
      title: 'msr-prod-az-a-page-sink: msr-prod-az-a-page-sink',
      links: [{ text: 'Alarm in CloudWatch' }],
    });
  });
});

describe('what is told in words', () => {
  it.each([
    ['[MSR prod/az-a] msr-prod-az-a-backup failed with PreflightError', 'msr-prod-az-a-backup-failed'],
    ['[MSR prod/az-a] msr-prod-az-a-recovery timed out', 'msr-prod-az-a-recovery-failed'],
    [
      '[MSR prod/az-a] backup-1 died while sink was stopped',
      '[MSR prod/az-a] backup-1 died while sink was stopped',
    ],
  ])('%s has the key of its cause: %s', (subject, key) => {
    const notice = readNotice(record('What: …\n\nRunbook: https://wiki.example.com/runbook#x', subject));
    expect(notice).toMatchObject({ key, title: subject, isOver: false, severity: 'page' });
    expect(notice.links).toEqual([{ href: 'https://wiki.example.com/runbook#x', text: 'Runbook' }]);
  });

  it('needs no subject, and is a ticket on the topic of tickets', () => {
    const notice = readNotice(record('A key was disabled.\nby whom', null, 'ticket'));
    expect(notice).toMatchObject({ title: 'A key was disabled.', severity: 'ticket', links: [] });
  });
});

describe("an alarm's description", () => {
  const text = {
    severity: 'page',
    what: 'It burns.',
    runbook: 'fire',
    runbookUrl: 'https://wiki/rb',
  } as const;

  it('has a line for each thing that is known', () => {
    const whole = { ...text, recovery: 'nothing is lost.', first: 'run.', command: 'aws …' };
    expect(alarmDescription(whole)).toBe(
      '[page] It burns.\nFor a recovery: nothing is lost.\nFirst: run.\nIf a recovery is the answer: aws …\nRunbook: https://wiki/rb#fire',
    );
  });

  it('is refused where CloudWatch would not take it', () => {
    expect(() => alarmDescription({ ...text, what: 'x'.repeat(1000) })).toThrow(
      'the alarm fire is described in 1037 characters, and CloudWatch keeps 1024',
    );
  });
});

describe('what people are told of a recovery', () => {
  const told = (title: string) => readNotice(record('text', title));
  const id = '20261123T041500Z-9f3a';
  const asked = told(`MSR recovery ${id} waits for approval of plan 0123456789ab`);

  it('is closed by its end where that is green', () => {
    const ended = told(`MSR recovery ${id} ended: recovered`);
    expect(ended).toMatchObject({ key: asked.key, isOver: true });
    expect(asked).toMatchObject({ key: `msr-recovery-${id}`, isOver: false });
  });

  it.each(['recovered, 3 set aside', 'recovered; the MSR API was not tested', 'could not verify'])(
    'stays open where it ended as: %s',
    (verdict) => {
      expect(told(`MSR recovery ${id} ended: ${verdict}`)).toMatchObject({ key: asked.key, isOver: false });
    },
  );
});
