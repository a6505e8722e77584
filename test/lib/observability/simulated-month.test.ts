import { describe, expect, it } from 'vitest';
import { CHECK_NAMES, CHECKS, type CheckName } from '../../../src/health/checks.ts';
import { quietNow } from '../../../src/health/quiet.ts';
import { type PlayOptions, play, type Told } from '../../alarms/play.ts';
import { alarmsOf } from '../../alarms/template-alarms.ts';
import { seededRandom } from '../../bed/random.ts';
import { stage } from '../stage.ts';
import { type Found, SimulatedMetrics, timeOf } from './simulated-run.ts';

const template = stage().templates['Observability'];
if (template === undefined) throw new RangeError('the example has a stack of alarms');
const alarms = alarmsOf(template);

const HOUR = 60;
const DAY = 24 * HOUR;
/** A run sees what began before it, and the second one tells: `health.everyMinutes`. */
const PERIOD = 15;

interface Scenario {
  readonly days: number;
  readonly found?: (minute: number) => Found;
  /** Whether the run of that minute takes place. */
  readonly runs?: (minute: number) => boolean;
  /** When the backup of a day was told of; undefined: never. */
  readonly backupAt?: (day: number) => number | undefined;
  readonly more?: (metrics: SimulatedMetrics) => void;
}

/** Three in the morning, and a dump of an hour. */
const BACKUP_TOLD = 4.5 * HOUR;

function metricsOf({
  days,
  found = () => ({}),
  runs = () => true,
  backupAt,
  more,
}: Scenario): SimulatedMetrics {
  const metrics = new SimulatedMetrics();
  const random = seededRandom(20261127);
  // Hours before the time that is looked at: nothing begins with silence.
  for (let minute = -6 * HOUR; minute < days * DAY; minute += PERIOD) {
    // Scheduler and CloudWatch Logs take up to a minute each.
    const late = Math.floor(random() * 2);
    if (runs(minute)) metrics.run(minute + late, found(minute));
  }
  for (let day = -2; day < days; day += 1) {
    const at = backupAt === undefined || day < 0 ? BACKUP_TOLD : backupAt(day);
    if (at !== undefined) metrics.backup(day * DAY + at);
  }
  for (let day = -9; day < days; day += 1)
    metrics.put(keyOf('verification-missing', 'only'), day * DAY + 6 * HOUR, 1);
  more?.(metrics);
  return metrics;
}

function told(scenario: Scenario, options: Partial<PlayOptions> = {}): Told[] {
  return play(alarms, metricsOf(scenario).series, { minutes: scenario.days * DAY, ...options });
}

const said = (all: readonly Told[]) => all.map(({ topic, alarm, what }) => `${topic} ${alarm} ${what}`);
const once = (topic: string, alarm: string) => [
  `${topic} msr-prod-az-a-${alarm} begins`,
  `${topic} msr-prod-az-a-${alarm} ends`,
];
/** From ten in the morning of the second day, for three hours. */
const from = DAY + 10 * HOUR;
const until = from + 3 * HOUR;
const during = (minute: number) => minute >= from && minute < until;

describe('a month of normal load', () => {
  it('wakes nobody, and is no ticket: bursts, days of 23 and 25 hours, a backup an hour late, a run that is lost', () => {
    const normal: Scenario = {
      days: 31,
      // A run that is lost now and then; two in a row are silence.
      runs: (minute) => minute % (7 * DAY) !== 5 * HOUR,
      backupAt: (day) => {
        // Summer time ends on the 25th; in the clocks of the alarms the backup moves by an hour.
        const shifted = day >= 24 ? HOUR : 0;
        return BACKUP_TOLD + shifted + (day === 12 ? HOUR : 0) - (day === 17 ? HOUR : 0);
      },
    };
    expect(said(told(normal, { everyMinutes: 5 }))).toEqual([]);
  }, 120_000);
});

const SINK: readonly CheckName[] = ['sink-running', 'sink-lag', 'sink-stalled', 'sink-frozen'];

describe('each failure is told once, and its end once, and nothing else', () => {
  it.each(CHECK_NAMES)('%s', (check) => {
    const { worst, runbook } = CHECKS[check];
    const alarm = SINK.includes(check) ? 'health-sink' : runbook;
    // AWS does not say how far beyond N an alarm looks: it makes no difference to any.
    for (const rangeBeyond of [0, 5]) {
      const all = told(
        { days: 3, found: (minute) => (during(minute) ? { [worst]: [check] } : {}) },
        { rangeBeyond },
      );
      expect(said(all)).toEqual(once(worst, alarm));
      // Within two periods, by the clock of whoever waits for it.
      expect((all[0]?.minute ?? Number.NaN) - from).toBeLessThanOrEqual(2 * PERIOD);
      expect((all[1]?.minute ?? Number.NaN) - until).toBeLessThanOrEqual(2 * PERIOD);
    }
  });

  it.each(CHECK_NAMES.filter((check) => CHECKS[check].worst === 'page'))(
    '%s is a ticket before it is a page, and then no longer a ticket',
    (check) => {
      const page = SINK.includes(check) ? 'health-sink' : CHECKS[check].runbook;
      const later = from + HOUR;
      const all = told({
        days: 3,
        found: (minute) => (!during(minute) ? {} : minute < later ? { ticket: [check] } : { page: [check] }),
      });
      expect(said(all).sort()).toEqual(
        [...once('ticket', `${CHECKS[check].runbook}-ticket`), ...once('page', page)].sort(),
      );
    },
  );

  it('a database that is down explains lag, snapshot, ingestion and a failed sink', () => {
    const follows: CheckName[] = ['database', 'sink-lag', 'sink-running', 'snapshot-fresh'];
    const all = told({
      days: 3,
      found: (minute) => (during(minute) ? { page: follows, ticket: ['ingestion'] } : {}),
    });
    expect(said(all)).toEqual(once('page', 'health-database'));
  });

  it('a sink whose task stays failed after the database is back is a page of its own', () => {
    const all = told({
      days: 3,
      found: (minute) => {
        if (during(minute)) return { page: ['database', 'sink-running'] };
        return minute >= until && minute < until + HOUR ? { page: ['sink-running'] } : {};
      },
    });
    expect(said(all).sort()).toEqual(
      [...once('page', 'health-database'), ...once('page', 'health-sink')].sort(),
    );
  });

  it('a sink that stops, falls behind and is then restarted is one page', () => {
    const all = told({
      days: 3,
      found: (minute) => {
        if (!during(minute)) return {};
        return { page: minute < from + HOUR ? ['sink-running'] : ['sink-lag', 'sink-stalled'] };
      },
    });
    expect(said(all)).toEqual(once('page', 'health-sink'));
  });

  it('an hour without data is silence, and neither begins nor ends anything else', () => {
    const silent = (minute: number) => minute >= from && minute < from + HOUR;
    for (const rangeBeyond of [0, 2, 5]) {
      const all = told(
        { days: 3, runs: (minute) => !silent(minute), found: () => ({ page: ['vault-space'] }) },
        { rangeBeyond },
      );
      expect(said(all)).toEqual([
        'page msr-prod-az-a-health-vault-space begins',
        ...once('page', 'health-silent'),
      ]);
      expect((all[1]?.minute ?? Number.NaN) - from).toBeLessThanOrEqual(2 * PERIOD);
    }
  });

  it.each([
    ['page', 'health-unknown', ['sink-lag', 'sink-stalled', 'jobs']],
    ['ticket', 'health-unknown-ticket', ['jobs', 'zones']],
  ] as const)('what nobody can look at is a %s by itself', (topic, alarm, unknown) => {
    const all = told({ days: 3, found: (minute) => (during(minute) ? { unknown } : {}) });
    expect(said(all)).toEqual(once(topic, alarm));
  });

  it('one run that could not look is nothing', () => {
    const all = told({ days: 3, found: (minute) => (minute === from ? { unknown: ['sink-lag'] } : {}) });
    expect(said(all)).toEqual([]);
  });

  it('a backup that fails is told once, and does not end because minutes pass', () => {
    const key = keyOf('backup-failed', 'failed');
    const all = told({ days: 3, more: (metrics) => metrics.put(key, from, 1) });
    expect(said(all)).toEqual(['page msr-prod-az-a-backup-failed begins']);
  });

  it('backups that no longer come are one page, however many look at them', () => {
    const all = told({
      days: 6,
      backupAt: (day) => (day === 1 || day === 2 || day === 3 ? undefined : BACKUP_TOLD),
      found: (minute) =>
        minute > DAY + BACKUP_TOLD + 2 * HOUR && minute < 4 * DAY + 5 * HOUR
          ? { page: ['backup-fresh'] }
          : {},
    });
    expect(said(all)).toEqual(once('page', 'health-backup-fresh'));
  });
});

describe('during a recovery', () => {
  const lock = (begin: number, end: number) => (minute: number) =>
    minute < begin || minute >= end
      ? null
      : quietNow(
          {
            lock: {
              ...{ kind: 'execution', arn: 'arn:x', id: '1', purpose: 'recover', renewals: 1 },
              ...{ acquiredAt: timeOf(begin).toISOString(), renewedAt: timeOf(minute).toISOString() },
            },
            maintenance: undefined,
          },
          timeOf(minute),
        );

  it('database, sink and snapshot wake nobody, if they are well at its end', () => {
    const quiet = lock(from - HOUR, until + HOUR);
    const all = told({
      days: 3,
      found: (minute) => ({
        quiet: quiet(minute),
        page: during(minute) ? ['database', 'sink-running', 'snapshot-fresh'] : [],
      }),
    });
    expect(said(all)).toEqual([]);
  });

  it('what is still wrong after it is told', () => {
    const quiet = lock(from - HOUR, from + HOUR);
    const all = told({
      days: 3,
      found: (minute) => ({ quiet: quiet(minute), page: during(minute) ? ['database'] : [] }),
    });
    expect(said(all)).toEqual(once('page', 'health-database'));
    expect((all[0]?.minute ?? 0) - (from + HOUR)).toBeLessThanOrEqual(3 * PERIOD);
  });

  it('a backup that is about to be stranded is told all the same', () => {
    const quiet = lock(from - HOUR, until + HOUR);
    const all = told({
      days: 3,
      found: (minute) => ({ quiet: quiet(minute), page: during(minute) ? ['backup-replayable'] : [] }),
    });
    expect(said(all)).toEqual(once('page', 'health-backup-replayable'));
  });

  it('one that has left its lock behind keeps nobody quiet for more than eight hours', () => {
    const begin = from - HOUR;
    const quiet = lock(begin, Number.POSITIVE_INFINITY);
    const all = told({
      days: 3,
      found: (minute) => ({ quiet: quiet(minute), page: minute >= from ? ['sink-lag'] : [] }),
    });
    expect(said(all)).toEqual(['page msr-prod-az-a-health-sink begins']);
    expect((all[0]?.minute ?? Number.NaN) - begin).toBeLessThanOrEqual(8 * HOUR + 3 * PERIOD);
  });

  it('a health run that dies meanwhile is told: it can keep nobody quiet', () => {
    const quiet = lock(from - HOUR, until + 2 * HOUR);
    const all = told({
      days: 3,
      runs: (minute) => !during(minute),
      found: (minute) => ({ quiet: quiet(minute) }),
    });
    expect(said(all)).toEqual(once('page', 'health-silent'));
  });
});

/** A metric of an alarm, whatever the ARN of its state machine is in the template. */
function keyOf(runbook: string, id: string): string {
  const alarm = alarms.metricAlarms.find(({ name }) => name === `msr-prod-az-a-${runbook}`);
  const key = alarm?.data.metrics[id]?.key;
  if (key === undefined) throw new RangeError(`the alarm ${runbook} has no metric ${id}`);
  return key;
}
