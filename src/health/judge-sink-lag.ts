import { count, duration } from '../core/activity.ts';
import { partitionKey } from '../core/offsets.ts';
import { type JudgeContext, type Judgement, ok, page, pageWhenSeenAgain, ticket } from './judgement.ts';
import type { PartitionLag } from './sink-lag.ts';

/** The playbook's. */
const MOST_MESSAGES = 10_000;
/** Shares of the retention of the topic, in percent: where it reaches 100 events are lost. */
const TICKET_PERCENT = 25;
const PAGE_PERCENT = 50;
/** Between two commits Connect lets 60 s pass by default (offset.flush.interval.ms). */
const STALL_MS = 150_000;

/** A topic's retention.ms; what is held for ever, or not told, is left out. */
export type RetentionOf = ReadonlyMap<string, number>;

/** How far the sink is behind, in messages and in time. Pure. */
export function judgeSinkLag(
  lags: readonly PartitionLag[],
  retention: RetentionOf,
  ctx: JudgeContext,
): Judgement {
  const messages = sum(lags);
  const { seconds, percent } = behind(lags, retention, ctx.now);
  const values = { SinkLagMessages: messages, SinkLagSeconds: seconds, SinkLagRetentionPercent: percent };
  const old = seconds === 0 ? '' : `, the first of them ${duration(seconds * 1000)} old`;
  const fact = `${count(messages)} messages wait for the sink${old}`;
  const share = `that is ${percent.toFixed(1)} % of what Kafka holds`;
  const measured = { value: messages, threshold: MOST_MESSAGES, values };
  const hint = hintOf(lags);
  if (percent >= PAGE_PERCENT) return page({ evidence: [fact, share], ...measured, hint });
  if (messages > MOST_MESSAGES && !keepsUp(lags)) {
    if (ranBefore(ctx)) return pageWhenSeenAgain('sink-lag', { evidence: [fact], ...measured, hint }, ctx);
    const why = 'the sink runs again since less than a run: the next one pages if it does not catch up';
    return { status: 'failed', severity: 'none', evidence: [fact, why], ...measured, hint };
  }
  if (percent >= TICKET_PERCENT) return ticket({ evidence: [fact, share], ...measured, hint });
  if (messages <= MOST_MESSAGES) return ok(fact, measured);
  return ok(`${fact}; all that was there at the run before is written, so it keeps up`, measured);
}

/** Whoever was told that the sink did not run knows why there is a lag. */
function ranBefore({ previous }: JudgeContext): boolean {
  const before = previous?.results.find(({ check }) => check === 'sink-running');
  return before === undefined || before.status === 'ok' || before.status === 'unknown';
}

/** A burst is no lag: the sink has written everything that had come in until the run before. */
function keepsUp(lags: readonly PartitionLag[]): boolean {
  return lags.every(({ pastThen }) => pastThen === true);
}

function behind(lags: readonly PartitionLag[], retention: RetentionOf, now: Date) {
  const ages = lags.flatMap(({ topic, oldestAt }) => {
    // A producer's clock may be ahead of ours.
    return oldestAt === null
      ? []
      : [{ ms: Math.max(0, now.getTime() - oldestAt), held: retention.get(topic) }];
  });
  const shares = ages.map(({ ms, held }) => (held === undefined || held <= 0 ? 0 : (ms / held) * 100));
  return {
    seconds: Math.round(Math.max(0, ...ages.map(({ ms }) => ms)) / 1000),
    percent: Math.min(100, Math.max(0, ...shares)),
  };
}

/** Records wait, and the sink's commit has not moved since an earlier run. Pure. */
export function judgeSinkStalled(lags: readonly PartitionLag[], { now }: JudgeContext): Judgement {
  const standing = lags.filter(
    ({ waitingSince }) => waitingSince !== null && now.getTime() - Date.parse(waitingSince) >= STALL_MS,
  );
  const messages = sum(standing);
  if (standing.length === 0) return ok('what waits is being written', { value: 0, threshold: 0 });
  const since = standing.map(({ waitingSince }) => waitingSince ?? '').sort()[0] ?? '';
  const named = standing.slice(0, 3).map((lag) => `${partitionKey(lag)} at ${lag.committed ?? 'no commit'}`);
  const more = standing.length > 3 ? ` and ${standing.length - 3} more` : '';
  return page({
    evidence: [
      `the sink has committed nothing since ${since}, and ${count(messages)} messages wait: ${named.join(', ')}${more}`,
    ],
    ...{ value: messages, threshold: 0 },
    hint: "look for a lock on msr.cdc_event (pg_stat_activity), then at the worker's log: a task that retries for ever is RUNNING; restart it only when the reason is gone",
  });
}

function hintOf(lags: readonly PartitionLag[]): string {
  const worst = [...lags].sort((a, b) => b.waiting - a.waiting)[0];
  const where = worst === undefined ? '' : ` (most in ${partitionKey(worst)})`;
  return `see whether the sink writes at all and how fast${where}: raise tasks.max up to the number of partitions, batch.size, or look for what slows the database`;
}

function sum(lags: readonly PartitionLag[]): number {
  return lags.reduce((total, { waiting }) => total + waiting, 0);
}
