import { describe, expect, it } from 'vitest';
import { DatabaseConnectionError } from '../../src/clients/postgres.ts';
import type { Offsets } from '../../src/core/offsets.ts';
import type { Look } from '../../src/doctor/look.ts';
import type { CheckResult } from '../../src/health/check-result.ts';
import type { CheckName } from '../../src/health/checks.ts';
import type { ArtifactLook } from '../../src/health/compare-artifact.ts';
import { comparable, type HealthRecord } from '../../src/health/health-record.ts';
import { healthVerdict } from '../../src/health/health-report.ts';
import { judgeIntegrity, onlySeen } from '../../src/health/integrity.ts';
import { judgeBackupFresh } from '../../src/health/judge-backups.ts';
import { judgeDatabase } from '../../src/health/judge-database.ts';
import { judgeDrill } from '../../src/health/judge-drill.ts';
import { judgeIngestion } from '../../src/health/judge-ingestion.ts';
import { judgeReplayable, type ReplayableScene } from '../../src/health/judge-replayable.ts';
import { judgeSinkFrozen } from '../../src/health/judge-sink-frozen.ts';
import { judgeSnapshot } from '../../src/health/judge-snapshot.ts';
import { judgeSpace } from '../../src/health/judge-space.ts';
import type { Judgement } from '../../src/health/judgement.ts';
import type { DatabaseHealth } from '../../src/health/look-at-database.ts';
import type { BackupSummary } from '../../src/health/recall-backups.ts';
import { recordsToForget } from '../../src/health/recording.ts';
import { settle } from '../../src/health/settle.ts';
import { withinLimit } from '../../src/health/within-limit.ts';
import { hoursToCompare, zoneRecord } from '../../src/health/zones.ts';

const NOW = new Date('2026-11-27T10:00:00.000Z');
const HOUR = 3_600_000;
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR);
const fresh = { now: NOW, previous: undefined };

const healthyDatabase: DatabaseHealth = {
  where: 'db:5432/msr',
  inRecovery: false,
  readOnly: false,
  pointer: { currentSnapshot: 'A', lastRefresh: ago(7), cutoffTime: ago(7), ageSeconds: 7 * 3600 },
  ingestion: { error: new Error('not asked') },
  jobs: { error: new Error('not asked') },
  space: { error: new Error('not asked') },
};
const down: Look<DatabaseHealth> = {
  error: new DatabaseConnectionError('unreachable', 'db:5432/msr cannot be reached', {
    hint: 'see',
    cause: 0,
  }),
};

describe('the database', () => {
  /** Runs at these minutes; what each one tells whom. */
  function severities(runs: ReadonlyArray<readonly [minute: number, seen: Look<DatabaseHealth>]>): string[] {
    let previous: HealthRecord | undefined;
    return runs.map(([minute, seen]) => {
      const now = new Date(NOW.getTime() + minute * 60_000);
      const ctx = { now, previous: comparable(previous, now) };
      const judged = judgeDatabase(seen, ctx);
      const results = settle(new Map([['database', judged]]), ctx);
      previous = recordWith(results, now);
      return judged.severity;
    });
  }
  const up: Look<DatabaseHealth> = { seen: healthyDatabase };

  it.each<[string, Parameters<typeof severities>[0], readonly string[]]>([
    [
      'pages at the second failure, and for as long as it lasts',
      [
        [0, down],
        [15, down],
        [30, down],
        [45, up],
      ],
      ['none', 'page', 'page', 'none'],
    ],
    [
      'that comes and goes pages nobody',
      [
        [0, down],
        [15, up],
        [30, down],
        [45, up],
      ],
      ['none', 'none', 'none', 'none'],
    ],
    [
      'looked at by hand beside the schedule fails once, not twice',
      [
        [0, down],
        [0.2, down],
      ],
      ['none', 'none'],
    ],
    [
      'that failed before the clock was set back begins anew',
      [
        [60, down],
        [0, down],
      ],
      ['none', 'none'],
    ],
    [
      'of which nobody has looked for hours begins anew',
      [
        [0, down],
        [600, down],
      ],
      ['none', 'none'],
    ],
  ])('%s', (_, runs, expected) => {
    expect(severities(runs)).toEqual(expected);
  });

  it.each([
    ['in recovery', { inRecovery: true }, /is in recovery/],
    ['read-only', { readOnly: true }, /is read-only/],
    ['without its pointer', { pointer: undefined }, /snapshot_pointer has no row/],
  ])('%s is told', (_, change, fact) => {
    const judged = judgeDatabase({ seen: { ...healthyDatabase, ...change } }, fresh);
    expect([judged.status, judged.evidence[0]]).toEqual(['failed', expect.stringMatching(fact)]);
  });
});

function recordWith(results: readonly CheckResult[], at: Date): HealthRecord {
  return {
    ...{ version: 1, at: at.toISOString(), instance: null, seconds: 1, verdict: 'healthy', done: [] },
    ...{
      results: [...results],
      values: {},
      starts: [],
      day: [],
      zones: {},
      artifacts: {},
      damaged: {},
      quiet: null,
    },
  };
}

describe('one cause', () => {
  it('explains what hangs on it, and nothing else', () => {
    const failed = judgeDatabase(down, fresh);
    const lost: Judgement = { status: 'unknown', severity: 'none', evidence: ['not asked'] };
    const results = settle(
      new Map<CheckName, Judgement>([
        ['database', failed],
        ['snapshot-fresh', lost],
        ['sink-running', { ...lost, status: 'ok' }],
        ['broker-space', lost],
      ]),
      fresh,
    );
    expect(results.map(({ check, silencedBy }) => [check, silencedBy])).toEqual([
      ['database', null],
      ['sink-running', null],
      ['snapshot-fresh', 'database'],
      ['broker-space', null],
    ]);
    expect(healthVerdict(results)).toBe('not healthy');
    expect(healthVerdict(results.slice(1))).toBe('could not verify');
    expect(healthVerdict([])).toBe('could not verify');
  });
});

describe('a page that was told', () => {
  const before = (severity: CheckResult['severity']): HealthRecord =>
    recordWith(
      settle(new Map([['sink-lag', { status: 'failed', severity, evidence: ['x'] } as Judgement]]), fresh),
      ago(0.25),
    );

  it.each([
    ['does not end because nobody could look', 'page', { status: 'unknown', severity: 'none' }, 'page'],
    ['nor because it is met anew', 'page', { status: 'failed', severity: 'none' }, 'page'],
    ['ends when it is well', 'page', { status: 'ok', severity: 'none' }, 'none'],
    ['becomes a ticket', 'page', { status: 'warning', severity: 'ticket' }, 'ticket'],
    ['does not begin because nobody could look', 'none', { status: 'unknown', severity: 'none' }, 'none'],
  ] as const)('%s', (_, told, now, severity) => {
    const judged: Judgement = { ...now, evidence: ['x'] };
    const [result] = settle(new Map([['sink-lag', judged]]), { now: NOW, previous: before(told) });
    expect(result?.severity).toBe(severity);
  });
});

it.each([
  [24.9, 'none'],
  [25.1, 'ticket'],
  [48.9, 'ticket'],
  [49.1, 'page'],
  [-3, 'none'],
])('a snapshot of %d h is told as %s', (hours, severity) => {
  const pointer = { ...healthyDatabase.pointer, currentSnapshot: 'A', cutoffTime: null };
  const aged = { ...pointer, lastRefresh: ago(hours), ageSeconds: hours * 3600 };
  expect(judgeSnapshot({ where: 'db', pointer: aged }).severity).toBe(severity);
});

it.each([
  [21, 'none'],
  [19, 'ticket'],
  [9, 'page'],
  [0, 'page'],
])('%d %% of free space is told as %s', (percent, severity) => {
  const rule = {
    what: 'a disk',
    ticketPercent: 20,
    pagePercent: 10,
    value: 'DatabaseFreePercent',
    hint: 'more',
  } as const;
  expect(judgeSpace({ freeBytes: percent, totalBytes: 100 }, rule).severity).toBe(severity);
});

describe('the newest backup', () => {
  const scene = (hours: number) => ({
    backups: {
      manifest: { id: 'b', cut: { takenAt: ago(hours).toISOString() } } as never,
      passedOver: [],
      url: 'file:///vault',
    },
    expected: {
      frequency: 'daily' as const,
      durations: { backupMs: HOUR, restoreMs: 0, replayMs: 0, verificationMs: 0, assumed: [] },
    },
  });

  it.each([
    ['of the night', 8, 'none'],
    ['an hour late, on the night that is an hour longer', 26, 'none'],
    ['that failed once', 30, 'page'],
    ['of a clock that is ahead', -2, 'none'],
  ])('%s', (_, hours, severity) => {
    expect(judgeBackupFresh(scene(hours), fresh).severity).toBe(severity);
  });

  it('that is not there pages', () => {
    const none = { ...scene(0).backups, manifest: undefined, passedOver: ['b: dump is missing'] };
    const judged = judgeBackupFresh({ ...scene(0), backups: none }, fresh);
    expect([judged.severity, judged.evidence]).toEqual([
      'page',
      ['there is no usable backup in file:///vault', 'not usable: b: dump is missing'],
    ]);
  });
});

describe('a newest backup that is damaged', () => {
  const scene = (damagedHoursAgo: number, goodHoursAgo?: number) => ({
    backups: {
      manifest:
        goodHoursAgo === undefined
          ? undefined
          : ({ id: 'b', cut: { takenAt: ago(goodHoursAgo).toISOString() } } as never),
      passedOver: ['c: dump is missing'],
      url: 'file:///vault',
    },
    damagedAt: ago(damagedHoursAgo).toISOString(),
    expected: {
      frequency: 'daily' as const,
      durations: { backupMs: HOUR, restoreMs: 0, replayMs: 0, verificationMs: 0, assumed: [] },
    },
  });

  it.each([
    ['and the only one, is told by its damage alone', scene(8), ['failed', 'none']],
    ['beside an older one, too', scene(8, 32), ['failed', 'none']],
    ['and old itself, pages: backups no longer come', scene(30, 54), ['failed', 'page']],
  ])('%s', (_, given, told) => {
    const judged = judgeBackupFresh(given, fresh);
    expect([judged.status, judged.severity]).toEqual(told);
  });
});

describe('what Kafka still holds', () => {
  const at = (offset: number): Offsets => [{ topic: 'gis', partition: 0, offset }];
  const scene = (change: Partial<ReplayableScene> & { takenHoursAgo?: number } = {}): ReplayableScene => ({
    backup: {
      id: 'b',
      cut: {
        takenAt: ago(change.takenHoursAgo ?? 10).toISOString(),
        topics: [{ name: 'gis', id: 'a', partitions: 1 }],
      },
    },
    topics: [{ name: 'gis', id: 'a', partitions: [0] }],
    start: at(1000),
    ends: { start: at(500), end: at(3000) },
    committed: at(2900),
    settings: [
      {
        ...{ topic: 'gis', retentionMs: 72 * HOUR, retentionBytes: -1, cleanupPolicy: 'delete' },
        ...{ compressionType: undefined, segmentMs: undefined, minInsyncReplicas: undefined, replicas: 3 },
      },
    ],
    storage: undefined,
    rates: [],
    ...change,
  });
  const limited = (retentionBytes: number) =>
    scene().settings.map((settings) => ({ ...settings, retentionBytes }));
  const record = {
    ...recordWith([], ago(0.25)),
    starts: [{ at: ago(5).toISOString(), topics: { gis: [0] }, limits: { gis: 1e9 } }],
  };

  it.each<[string, ReplayableScene, HealthRecord | undefined, string, RegExp]>([
    ['by time, for long', scene(), undefined, 'none', /another 62\.0 h \(retention\.ms of gis\)/],
    ['by time, until tomorrow', scene({ takenHoursAgo: 60 }), undefined, 'ticket', /another 12\.0 h/],
    ['by time, not for long', scene({ takenHoursAgo: 70 }), undefined, 'page', /another 2\.0 h/],
    // 500 offsets in 5 h: the other 500 go in 5 h more.
    [
      'by the log start that moves',
      scene({ settings: limited(1e9) }),
      record,
      'page',
      /another 5\.0 h \(the log of gis-0, whose start moves\)/,
    ],
    ['by time alone, which has moved the start', scene(), record, 'none', /another 62\.0 h/],
    [
      'by bytes, of which more are kept since',
      scene({ settings: limited(2e9) }),
      record,
      'none',
      /another 62\.0 h/,
    ],
    [
      'by bytes',
      scene({
        settings: limited(3000),
        storage: { partitions: [{ topic: 'gis', partition: 0, bytes: 2500 }], usableBytes: undefined },
        rates: [{ topic: 'gis', partition: 0, recordsPerSecond: 1, bytesPerSecond: 1000 / 3600 }],
      }),
      undefined,
      'page',
      /another 1\.0 h \(retention\.bytes of gis-0\)/,
    ],
    [
      'no longer',
      scene({ start: at(400) }),
      undefined,
      'page',
      /100 records of gis-0 after the backup are gone/,
    ],
    [
      'a topic that was made anew',
      scene({ topics: [{ name: 'gis', id: 'z', partitions: [0] }] }),
      undefined,
      'page',
      /created anew/,
    ],
    ['a sink beyond the end', scene({ committed: at(3001) }), undefined, 'page', /made anew or truncated/],
    [
      'a sink before the start',
      scene({ committed: at(400) }),
      undefined,
      'page',
      /100 records are gone unread/,
    ],
  ])('%s', (_, given, previous, severity, fact) => {
    const judged = judgeReplayable(given, { now: NOW, previous });
    expect([judged.severity, judged.evidence[0]]).toEqual([severity, expect.stringMatching(fact)]);
  });
});

describe('ingestion', () => {
  const facts = (ageSeconds: number) => ({ newest: NOW.toISOString(), ageSeconds, events: 5, future: false });
  const usual = (eventAgeSeconds: number): HealthRecord => ({
    ...recordWith([], ago(0.25)),
    day: Array.from({ length: 20 }, (_, at) => ({
      ...{ at: ago(20 - at).toISOString(), lagMessages: 0, lagSeconds: 0, logEnd: 0, eventAgeSeconds },
    })),
  });

  it.each([
    ['silent for an hour, of a source that writes always', 3600, usual(5), 'ticket'],
    ['silent for an hour, of a source that writes hourly', 3600, usual(3000), 'none'],
    ['silent for an hour, of which nothing is known', 3600, undefined, 'none'],
    ['silent for seven hours, of which nothing is known', 7 * 3600, undefined, 'ticket'],
  ])('%s', (_, age, previous, severity) => {
    expect(judgeIngestion(facts(age), { now: NOW, previous }).severity).toBe(severity);
  });
});

describe('what holds the sink', () => {
  const freeze = (minutes: number) =>
    ({
      connector: 'sink',
      purpose: 'backup',
      owner: 'b',
      startedAt: ago(minutes / 60).toISOString(),
    }) as never;
  const lock = (hours: number, renewals = 5) =>
    ({
      ...{ kind: 'execution', arn: 'arn', id: 'l', purpose: 'backup', renewals },
      ...{ acquiredAt: ago(hours).toISOString(), renewedAt: ago(hours).toISOString() },
    }) as never;
  const heard = (renewals: number) => ({
    ...recordWith([], ago(0.25)),
    lock: { id: 'l', renewals, seenSince: ago(0.25).toISOString() },
  });

  it.each<[string, Parameters<typeof judgeSinkFrozen>[0], HealthRecord | undefined, string]>([
    ['nothing', { freeze: undefined, lock: undefined }, undefined, 'none'],
    ['a backup, for a moment', { freeze: freeze(1), lock: undefined }, undefined, 'none'],
    ['a backup, for too long', { freeze: freeze(11), lock: undefined }, undefined, 'page'],
    ['an operation that is heard of', { freeze: undefined, lock: lock(2) }, heard(4), 'none'],
    ['an operation that has fallen silent', { freeze: undefined, lock: lock(2) }, heard(5), 'page'],
    ['an operation, for too long', { freeze: undefined, lock: lock(25) }, undefined, 'page'],
  ])('%s', (_, scene, previous, severity) => {
    expect(judgeSinkFrozen(scene, { now: NOW, previous }).severity).toBe(severity);
  });
});

describe('stored backups', () => {
  const read = (days: number, verdict: 'verified' | 'damaged' = 'verified'): BackupSummary => ({
    ...{ id: `b${days}`, state: 'complete', takenAt: ago(90 * 24).toISOString() },
    createdAt: ago(90 * 24).toISOString(),
    verification: { verifiedAt: ago(days * 24).toISOString(), verdict, damaged: [] },
  });
  const unreadable: BackupSummary = {
    ...{ id: 'b', state: 'unreadable', takenAt: ago(1).toISOString(), reason: 'no JSON' },
  };
  const seen = (more: Partial<ArtifactLook> = {}): ArtifactLook[] => [
    { path: 'backups/b/database.dump', bytes: 10, modifiedAt: 'then', by: 'size', ...more },
  ];
  const scene = { backups: [], looks: seen(), newestGood: 'b', known: {} };
  const before = { ...recordWith([], ago(0.25)), artifacts: onlySeen(seen()) };

  it.each<[string, readonly BackupSummary[], ArtifactLook[], string]>([
    ['that were read lately', [read(3), read(30)], seen(), 'none'],
    ['of which one was not read for too long', [read(3), read(32)], seen(), 'ticket'],
    ['of which one changed', [], seen({ bytes: 9 }), 'page'],
    ['of which one was written again', [], seen({ modifiedAt: 'now' }), 'page'],
    [
      'of which one was copied onto itself, and has the checksum that was written',
      [],
      seen({ modifiedAt: 'now', by: 'checksum' }),
      'none',
    ],
    ['of which one has another checksum', [], seen({ fault: 'it differs' }), 'page'],
    ['of which one cannot be read', [unreadable], seen(), 'page'],
    ['of which one was found damaged', [read(3, 'damaged')], seen(), 'page'],
  ])('%s', (_, backups, looks, severity) => {
    const judged = judgeIntegrity({ ...scene, backups, looks }, { now: NOW, previous: before });
    expect(judged.severity).toBe(severity);
  });

  it('say how many of them nobody has looked at yet, and which was read the longest ago', () => {
    const unseen: BackupSummary = { id: 'new', state: 'not seen', takenAt: ago(1).toISOString() };
    expect(judgeIntegrity({ ...scene, backups: [unseen, read(3), read(7)] }, fresh)).toMatchObject({
      evidence: [
        'of 2 backups none is damaged; 1 more are new to this run, and the next ones look at them; b7 was read the longest ago, 7.0 days',
        "compared of the newest backups' artifacts: 1 by size and time alone",
      ],
      values: { OldestReadDays: 7 },
    });
  });

  it('page of damage until a good backup was taken since, and are a ticket from then on', () => {
    const backups = [unreadable];
    const runs = ['a', 'a', 'c', 'd'].reduce<{ known: Record<string, string>; told: string[] }>(
      ({ known, told }, newestGood) => {
        const judged = judgeIntegrity({ ...scene, backups, newestGood, known }, fresh);
        return { known: judged.keep?.damaged ?? {}, told: [...told, judged.severity] };
      },
      { known: {}, told: [] },
    );
    expect(runs.told).toEqual(['page', 'page', 'ticket', 'ticket']);
    expect(judgeIntegrity({ ...scene, known: runs.known }, fresh).keep?.damaged).toEqual({});
  });

  it('that were written again are told until all of it was read', () => {
    const looks = seen({ modifiedAt: '2026-11-27T09:00:00.000Z' });
    const first = judgeIntegrity({ ...scene, looks }, { now: NOW, previous: before });
    const next = { ...before, artifacts: first.keep?.artifacts ?? {} };
    expect(judgeIntegrity({ ...scene, looks }, { now: NOW, previous: next }).severity).toBe('page');
    const backups = [{ ...read(0), id: 'b' }];
    const after = judgeIntegrity({ ...scene, looks, backups }, { now: NOW, previous: next });
    expect([after.severity, after.keep?.artifacts]).toEqual(['none', onlySeen(looks)]);
  });
});

describe('drills', () => {
  const drill = (days: number, passed = true) => ({
    ...{ id: `d${days}`, kind: 'drill' as const, endedAt: ago(days * 24).toISOString(), seconds: 60 },
    ...{ passed, verdict: passed ? 'recovered' : 'not recovered' },
  });
  it.each([
    ['none', [], 'ticket', 'no drill: no recovery was ever tried here'],
    ['of this week', [drill(3)], 'none', 'the last recovery that was proven, d3, ended 3.0 days ago'],
    ['of last month', [drill(30)], 'ticket', 'the last recovery that was proven, d30, ended 30.0 days ago'],
    [
      'that failed after a green one',
      [drill(1, false), drill(3)],
      'ticket',
      'the last recovery that was proven, d3, ended 3.0 days ago; a later one, d1, ended not recovered',
    ],
    [
      'that never passed',
      [drill(1, false)],
      'ticket',
      'no drill has passed: the last one, d1, ended not recovered',
    ],
  ])('%s', (_, drills, severity, fact) => {
    const judged = judgeDrill(drills, fresh);
    expect([judged.severity, judged.evidence[0]]).toEqual([severity, fact]);
  });
});

describe('zones', () => {
  it('compares one new closed hour a run, newest first, and one that differed', () => {
    expect(hoursToCompare(undefined, NOW)).toEqual(['2026-11-27T07:00:00Z']);
    const known = {
      alike: ['2026-11-27T07:00:00Z'],
      differing: [{ hour: '2026-11-27T05:00:00Z', differences: ['x'] }],
    };
    expect(hoursToCompare(known, NOW)).toEqual(['2026-11-27T06:00:00Z', '2026-11-27T05:00:00Z']);
  });

  it('forgets a difference that is gone', () => {
    const hour = '2026-11-27T05:00:00Z';
    const before = zoneRecord(undefined, [{ hour, differences: ['3 instead of 4'] }], NOW);
    expect(before.differing).toHaveLength(1);
    expect(zoneRecord(before, [{ hour, differences: [] }], NOW)).toEqual({ alike: [hour], differing: [] });
  });
});

it('keeps two days of records, then one an hour, then one a day', () => {
  const stamp = (time: Date) => time.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  const names = Array.from({ length: 96 * 60 }, (_, quarter) => stamp(ago(quarter / 4)));
  const forgotten = new Set(recordsToForget(names, NOW));
  const kept = names.filter((name) => !forgotten.has(name));
  expect(kept.length).toBeGreaterThan(48 * 4 + 12 * 24 + 45);
  expect(kept.length).toBeLessThan(48 * 4 + 12 * 24 + 50);
  expect(recordsToForget(kept, NOW)).toEqual([]);
});

it('leaves behind what hangs, and says so', async () => {
  const hangs = withinLimit(20, new AbortController().signal, () => new Promise(() => {}));
  await expect(hangs).rejects.toThrow('it did not end within 0.02 s');
});

it.each([
  ['of a quarter of an hour ago', ago(0.25), true],
  ['of a clock that was ahead', ago(-0.25), false],
  ['of hours ago', ago(3), false],
])('a record %s is compared with: %s', (_, at, compared) => {
  expect(comparable(recordWith([], at), NOW) !== undefined).toBe(compared);
});
