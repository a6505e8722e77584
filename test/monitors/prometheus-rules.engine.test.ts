import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CHECK_NAMES, CHECKS, type CheckName } from '../../src/health/checks.ts';
import { HEALTH_VALUE_NAMES } from '../../src/health/health-metric.ts';
import type { Quiet } from '../../src/health/quiet.ts';
import { rulesFile } from '../../src/monitors/prometheus-rules.ts';
import { healthRegistry } from '../../src/monitors/prometheus-series.ts';
import { chooseSeed, seededRandom } from '../bed/random.ts';
import { run } from '../bed/run.ts';
import { type Found, resultsOf, timeOf } from '../lib/observability/simulated-run.ts';
import { prometheusPrograms } from './prometheus.ts';
import {
  type Fires,
  firesByTheTable,
  INSTANCE,
  PERIOD,
  type RulePlay,
  ruleTest,
  type Way,
} from './rule-play.ts';

const FILE = { job: 'node', instance: 'host:9100' };
const PUSHED = { job: 'msr-health', instance: INSTANCE };

/** When a scenario's failure is there: from a run on, until another. */
const [FROM, MIDDLE, UNTIL, LATER, END] = [30, 60, 90, 120, 150];
const during = (minute: number) => minute >= FROM && minute < UNTIL;
const SILENT_AFTER = 2 * PERIOD + 4;

const SINK: readonly CheckName[] = ['sink-running', 'sink-lag', 'sink-stalled', 'sink-frozen'];
const pageOf = (check: CheckName) => (SINK.includes(check) ? 'health-sink' : CHECKS[check].runbook);

let directory: string;
let promtool: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'msr-rules-'));
  ({ promtool } = await prometheusPrograms());
  await writeFile(
    join(directory, 'rules.yaml'),
    rulesFile({ instance: INSTANCE, everyMinutes: PERIOD, runbookUrl: 'https://wiki.example.com/runbook' }),
  );
});
afterAll(async () => await rm(directory, { recursive: true, force: true }));

/** Plays scenarios by Prometheus' own evaluation. @throws with what fired otherwise */
async function play(...plays: readonly RulePlay[]): Promise<void> {
  const tests = {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: await Promise.all(plays.map(ruleTest)),
  };
  await writeFile(join(directory, 'tests.yaml'), stringify(tests));
  await run(promtool, ['test', 'rules', join(directory, 'tests.yaml')]);
}

function one(name: string, found: Way['found'], fires: readonly Fires[], more: Partial<Way> = {}): RulePlay {
  return { name, minutes: END, ways: [{ target: FILE, ...(found ? { found } : {}), ...more }], fires };
}

const quiet: Quiet = { why: 'a recovery is under way', until: timeOf(END).toISOString() };

describe('Prometheus itself', () => {
  it('finds nothing wrong with the metrics, and reads the rules', async () => {
    const at = timeOf(0).toISOString();
    const results = resultsOf(at, at, {});
    const values = Object.fromEntries(HEALTH_VALUE_NAMES.map((name) => [name, 12]));
    const text = await healthRegistry(INSTANCE, { at, results, values, quiet: null }).metrics();
    await writeFile(join(directory, 'msr.prom'), text);
    const command = `'${promtool}' check metrics < '${join(directory, 'msr.prom')}'`;
    expect(await run('sh', ['-c', command])).toBe('');
    const said = await run(promtool, ['check', 'rules', '--lint-fatal', join(directory, 'rules.yaml')]);
    expect(said).toMatch(/SUCCESS: \d+ rules found/);
  });

  it('fires nothing on a normal day, with runs that are lost', async () => {
    const lost = (minute: number) => minute % 120 !== 45;
    await play({ name: 'normal', minutes: 24 * 60, ways: [{ target: FILE, runs: lost }], fires: [] });
  });

  it('a test that is wrong is red', async () => {
    const wrong = one('wrong', () => ({}), [['health-database', FROM, UNTIL]]);
    await expect(play(wrong)).rejects.toThrow(/exp:.*MsrHealthDatabase/s);
  });
});

describe('each failure fires once, and ends once, and nothing else', () => {
  it('every check, as its worst', async () => {
    await play(
      ...CHECK_NAMES.map((check) =>
        one(check, (minute) => (during(minute) ? { [CHECKS[check].worst]: [check] } : {}), [
          [pageOf(check), FROM, UNTIL],
        ]),
      ),
    );
  });

  it('a ticket that becomes a page is then no longer a ticket', async () => {
    await play(
      ...CHECK_NAMES.filter((check) => CHECKS[check].worst === 'page').map((check) =>
        one(
          check,
          (minute) => (!during(minute) ? {} : minute < MIDDLE ? { ticket: [check] } : { page: [check] }),
          [
            [CHECKS[check].runbook, FROM, MIDDLE, 'ticket'],
            [pageOf(check), MIDDLE, UNTIL],
          ],
        ),
      ),
    );
  });

  it('one page for one cause', async () => {
    const follows: CheckName[] = ['database', 'sink-lag', 'sink-running', 'snapshot-fresh'];
    await play(
      one('database', (minute) => (during(minute) ? { page: follows, ticket: ['ingestion'] } : {}), [
        ['health-database', FROM, UNTIL],
      ]),
      one(
        'a sink that stays failed after the database is back',
        (minute) =>
          during(minute)
            ? { page: ['database', 'sink-running'] }
            : { page: minute >= UNTIL && minute < LATER ? ['sink-running'] : [] },
        [
          ['health-database', FROM, UNTIL],
          ['health-sink', UNTIL, LATER],
        ],
      ),
      one(
        'a sink that stops, and then is behind',
        (minute) =>
          !during(minute) ? {} : { page: minute < MIDDLE ? ['sink-running'] : ['sink-lag', 'sink-stalled'] },
        [['health-sink', FROM, UNTIL]],
      ),
    );
  });

  it('what nobody can look at, at the second run', async () => {
    const unknown = (all: readonly CheckName[]) => (minute: number) =>
      during(minute) ? { unknown: all } : {};
    await play(
      one('a page', unknown(['sink-lag', 'jobs']), [['health-unknown', FROM + PERIOD, UNTIL]]),
      one('a ticket', unknown(['jobs', 'zones']), [['health-unknown', FROM + PERIOD, UNTIL, 'ticket']]),
      one('once', (minute) => (minute === FROM ? { unknown: ['sink-lag'] } : {}), []),
    );
  });
});

describe('whatever runs find', () => {
  it('fires what rings by the table, as Datadog is told', async () => {
    const seed = chooseSeed();
    console.log(`rules of random runs, MSR_BED_SEED=${seed}`);
    const random = seededRandom(seed);
    const some = (checks: readonly CheckName[], share: number) => checks.filter(() => random() < share);
    const runs = new Map<number, Found>();
    for (let minute = 0; minute < 24 * 60; minute += PERIOD) {
      const page = some(CHECK_NAMES, 0.15).filter((check) => CHECKS[check].worst === 'page');
      const ticket = some(CHECK_NAMES, 0.15).filter((check) => !page.includes(check));
      const unknown = some(CHECK_NAMES, 0.05).filter((check) => ![...page, ...ticket].includes(check));
      runs.set(minute, { page, ticket, unknown });
    }
    const way: Way = { target: FILE, found: (minute) => runs.get(minute) ?? {} };
    const fires = firesByTheTable(way, 24 * 60);
    expect(fires.length).toBeGreaterThan(50);
    await play({ name: 'random', minutes: 24 * 60, ways: [way], fires });
  });
});

describe('silence', () => {
  const silent = (minute: number) => minute > FROM && minute < UNTIL;
  const silence: Fires = ['health-silent', FROM + SILENT_AFTER, UNTIL];
  const full = () => ({ page: ['vault-space'] as const });

  it('is told where a file or a Pushgateway goes on to show what it has, and ends nothing', async () => {
    const runs = (minute: number) => !silent(minute);
    await play(
      one('well before', undefined, [silence], { runs }),
      one('not well before', full, [silence, ['health-vault-space', 0, END]], { runs, target: PUSHED }),
    );
  });

  it('is told where nothing is scraped any more, and ends nothing', async () => {
    const scraped = (minute: number) => !silent(minute);
    await play(
      one('a node_exporter that is down', full, [silence, ['health-vault-space', 0, END]], { scraped }),
    );
  });

  it('is told of an instance that never ran, and not of one that has just begun', async () => {
    await play(
      { name: 'never', minutes: END, ways: [], fires: [['health-silent', 4, END]] },
      one('begun', undefined, [['health-silent', 4, FROM]], { runs: (minute) => minute >= FROM }),
    );
  });

  it('is not broken by what another instance tells', async () => {
    const other = { target: FILE, instance: 'prod/az-b', found: () => ({ page: ['database'] as const }) };
    await play({ name: 'other', minutes: END, ways: [other], fires: [['health-silent', 4, END]] });
  });

  it('of one of two ways hides nothing of the other', async () => {
    const left: Way = { target: PUSHED, runs: (minute) => minute === 0 };
    const now: Way = { target: FILE, found: (minute) => ({ page: during(minute) ? ['database'] : [] }) };
    await play({
      name: 'a group that was left in a Pushgateway',
      minutes: END,
      ways: [left, now],
      fires: [['health-database', FROM, UNTIL]],
    });
  });
});

describe('during a recovery', () => {
  it('database, sink and snapshot wake nobody; what is still wrong after it is told, and the rest at once', async () => {
    const held: CheckName[] = ['database', 'sink-running', 'snapshot-fresh'];
    await play(
      one('well at its end', (minute) => (during(minute) ? { quiet, page: held } : {}), []),
      one(
        'still wrong after it',
        (minute) =>
          minute < FROM
            ? {}
            : minute < MIDDLE
              ? { quiet, page: ['database'] }
              : { page: during(minute) ? ['database'] : [] },
        [['health-database', MIDDLE, UNTIL]],
      ),
      one(
        'about to be stranded',
        (minute) => (during(minute) ? { quiet, page: ['backup-replayable'] } : { quiet }),
        [['health-backup-replayable', FROM, UNTIL]],
      ),
    );
  });

  it('a page that is why it was started is not over with its beginning', async () => {
    await play(
      one(
        'approved meanwhile',
        (minute) => ({
          page: during(minute) ? ['database'] : [],
          quiet: minute >= MIDDLE && minute < LATER ? quiet : null,
        }),
        [['health-database', FROM, UNTIL]],
      ),
    );
  });
});
