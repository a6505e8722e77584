import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/paging/deliver.ts';
import { type Notice, readNotice } from '../../src/paging/notice.ts';
import { tellPagerDuty } from '../../src/paging/pager-duty.ts';
import { tellSlack } from '../../src/paging/slack.ts';
import { ROUTING_KEY, type SlackMessage, startPagerDuty, startSlack } from './recorder.ts';
import { alarmRecord, record } from './sample-messages.ts';

const busy = { status: 429, body: 'rate_limited', headers: { 'retry-after': '0' } };
const broken = { status: 503, body: 'later' };

describe('PagerDuty', () => {
  let api: Awaited<ReturnType<typeof startPagerDuty>>;
  beforeAll(async () => {
    api = await startPagerDuty();
  });
  afterAll(() => api.stop());
  beforeEach(() => {
    api.taken.length = 0;
    api.open.clear();
  });
  const tell = (notice: Notice, routingKey = ROUTING_KEY) =>
    tellPagerDuty(notice, { url: api.url, routingKey, retryMs: 1 });

  it('opens one alert for one cause, however often it is told, and resolves it at its end', async () => {
    await tell(readNotice(alarmRecord('ALARM')));
    await tell(readNotice(alarmRecord('ALARM')));
    expect([...api.open.keys()]).toEqual(['msr-prod-az-a-page-sink']);
    expect(api.taken[0]).toMatchObject({
      event_action: 'trigger',
      payload: {
        severity: 'critical',
        summary: 'msr-prod-az-a-page-sink: The database is far behind Kafka.',
      },
      links: [{ text: 'Runbook' }, { text: 'Alarm in CloudWatch' }],
    });
    await tell(readNotice(alarmRecord('OK')));
    expect(api.open.size).toBe(0);
  });

  it("takes the janitor's page and the alarm on its state machine for one cause", async () => {
    await tell(readNotice(record('What: …', '[MSR prod/az-a] msr-prod-az-a-backup failed with X')));
    await tell(readNotice(alarmRecord('ALARM', { name: 'msr-prod-az-a-backup-failed' })));
    expect(api.open.size).toBe(1);
  });

  it('takes whatever is told, however long', async () => {
    await tell(readNotice(record('x'.repeat(20_000), 'y'.repeat(2000))));
    expect(api.open.size).toBe(1);
  });

  it('is asked again where it was busy or broken', async () => {
    api.disturb(busy, broken);
    await tell(readNotice(alarmRecord('ALARM')));
    expect(api.open.size).toBe(1);
  });

  it('is given up after four attempts', async () => {
    const before = api.requests();
    api.disturb(broken, broken, broken, broken);
    await expect(tell(readNotice(alarmRecord('ALARM')))).rejects.toThrow('PagerDuty answers 503: later');
    expect(api.requests() - before).toBe(4);
  });

  it('is asked once where the key is wrong, and the key is not repeated', async () => {
    const before = api.requests();
    const wrong = 'f'.repeat(32);
    const error = await tell(readNotice(alarmRecord('ALARM')), wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeliveryError);
    expect((error as DeliveryError).format()).toMatch(
      /^PagerDuty answers 400: .*\nHINT: see whether the secret holds the 32 characters/,
    );
    expect((error as DeliveryError).format()).not.toContain(wrong);
    expect(api.requests() - before).toBe(1);
  });

  it('may be out of reach', async () => {
    const gone = await startPagerDuty();
    await gone.stop();
    const options = { url: gone.url, routingKey: ROUTING_KEY, retryMs: 1 };
    await expect(tellPagerDuty(readNotice(alarmRecord('ALARM')), options)).rejects.toThrow(
      'PagerDuty does not answer: TypeError',
    );
  });
});

describe('Slack', () => {
  let api: Awaited<ReturnType<typeof startSlack>>;
  beforeAll(async () => {
    api = await startSlack();
  });
  afterAll(() => api.stop());
  beforeEach(() => {
    api.taken.length = 0;
  });
  const tell = (notice: Notice) => tellSlack(notice, { url: `${api.url}\n`, retryMs: 1 });
  const taken = () => api.taken as SlackMessage[];

  it('shows the same text, and its end', async () => {
    await tell(readNotice(alarmRecord('ALARM')));
    await tell(readNotice(alarmRecord('OK')));
    expect(taken().map(({ text }) => text)).toEqual([
      ':rotating_light: msr-prod-az-a-page-sink: The database is far behind Kafka.',
      ':white_check_mark: Over: msr-prod-az-a-page-sink: The database is far behind Kafka.',
    ]);
    expect(JSON.stringify(taken()[0])).toContain('<https://wiki.example.com/runbook#page-sink|Runbook>');
  });

  it('calls nobody by what a database or a topic is called', async () => {
    await tell(readNotice(record('<!channel> & <https://evil.example.com|click>', null)));
    const said = JSON.stringify(taken());
    expect(said).not.toContain('<!channel> &');
    expect(said).toContain('&lt;!channel&gt; &amp; &lt;https');
  });

  it('takes whatever is told, however long', async () => {
    await tell(readNotice(record('x'.repeat(20_000), 'y'.repeat(2000))));
    expect(taken()).toHaveLength(1);
  });

  it('waits as long as it is asked to, and does not repeat the webhook', async () => {
    api.disturb(busy);
    await tell(readNotice(alarmRecord('ALARM')));
    expect(taken()).toHaveLength(1);
    api.disturb({ status: 404, body: 'no_service' });
    const error = await tell(readNotice(alarmRecord('ALARM'))).catch((thrown: unknown) => thrown);
    expect((error as DeliveryError).format()).toBe(
      'Slack answers 404: no_service\nHINT: the webhook, its app or its channel is gone: make a new one, and put its URL into the secret',
    );
  });
});
