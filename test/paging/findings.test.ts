import { describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/health/status/status-document.ts';
import { withFindings } from '../../src/paging/findings.ts';
import { noticeText, readNotice } from '../../src/paging/notice.ts';
import { sampleStatus } from '../health/sample-status.ts';
import { alarmRecord } from './sample-messages.ts';

const begun = readNotice(alarmRecord('ALARM', { name: 'msr-prod-az-a-health-sink' }));
const ended = readNotice(alarmRecord('OK', { name: 'msr-prod-az-a-health-sink' }));
const status = sampleStatus();
const lines = (text: string, first: string) => text.split('\n').filter((line) => line.startsWith(first));

describe('a page with what the health run has found', () => {
  const notice = withFindings(begun, 'health-sink', status);

  it('tells first what was measured, since when it is so, and the remedy', () => {
    expect(notice.title).toBe('msr-prod-az-a-health-sink: the sink is FAILED');
    expect(noticeText(notice)).toBe(`What: The database is far behind Kafka.
How bad: somebody is needed now.
Since: 2026-11-27T07:00:00.000Z
Found: sink-running: the sink is FAILED
  org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception <script>alert(1)</script>
Remedy: mend what the trace says
For a recovery: nothing is lost while Kafka holds the events.
First: look at the state of the sink.
Runbook: https://wiki.example.com/runbook#page-sink
CloudWatch: arn:aws:cloudwatch:eu-central-1:111122223333:alarm:msr-prod-az-a-health-sink-lag transitioned to ALARM at Friday 27 November, 2026 02:15:00 UTC
Status as of 2026-11-27T10:00:00.000Z: Can we recover now? Yes, in 12 to 25 min, losing nothing`);
  });

  it('tells at its end how it is now', () => {
    const well = sampleStatus({
      results: status.results.map((each) => ({ ...each, status: 'ok', severity: 'none' })),
    });
    const text = noticeText(withFindings(ended, 'health-sink', well));
    expect(lines(text, 'Now: ')).toEqual([
      'Now: sink-running: the sink is FAILED',
      'Now: sink-lag: sink-lag is well',
      'Now: sink-stalled: sink-stalled is well',
      'Now: sink-frozen: sink-frozen is well',
    ]);
    expect(lines(text, 'Status as of')).toHaveLength(1);
  });

  it('names those that nobody could look at, and no more than three', () => {
    const blind = (count: number): StatusDocument =>
      sampleStatus({
        results: status.results.map((each, at) => ({ ...each, status: at < count ? 'unknown' : 'ok' })),
      });
    expect(lines(noticeText(withFindings(begun, 'health-unknown', blind(2))), 'Found')).toHaveLength(2);
    expect(lines(noticeText(withFindings(begun, 'health-unknown', blind(9))), 'Found')).toHaveLength(3);
  });

  it('gives commands that are ready to run', () => {
    const text = noticeText(withFindings(begun, 'health-retention-matrix', status));
    expect(text).toContain('\n  kafka-configs.sh --alter --add-config retention.ms=604800000\n');
  });

  it.each(['backup-failed', 'health-silent'])('has the outlook of whatever is no check: %s', (rung) => {
    const other = withFindings(begun, rung, status);
    expect([other.title, other.since]).toEqual([begun.title, begun.since]);
    expect(other.lines).toEqual([...begun.lines, expect.stringMatching(/^Status as of .*losing nothing$/)]);
  });

  it('goes out where nobody could read any of it', () => {
    const text = noticeText(withFindings(begun, 'health-sink', { notRead: 'AccessDenied' }));
    expect(text).toBe(`${noticeText(begun)}\nFound: not known, AccessDenied`);
  });
});
