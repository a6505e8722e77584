import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/core/operator-error.ts';
import { connectChecks, type Whereabouts } from '../../src/doctor/connect-checks.ts';
import { databaseChecks } from '../../src/doctor/database-checks.ts';
import { diskChecks } from '../../src/doctor/disk-checks.ts';
import { doctorMetrics } from '../../src/doctor/doctor-metrics.ts';
import { type DoctorCheck, doctorExitCode, doctorVerdict } from '../../src/doctor/doctor-report.ts';
import { checkOfError, NotReachedError } from '../../src/doctor/look.ts';
import type { ConnectFacts } from '../../src/doctor/look-at-connect.ts';
import type { DatabaseFacts } from '../../src/doctor/look-at-database.ts';
import { vaultChecks } from '../../src/doctor/vault-checks.ts';
import { NotFedError } from '../../src/live/fed-database.ts';
import { RETENTION_MATRIX } from '../../src/retention/frequency.ts';
import { retentionNeed } from '../../src/retention/kafka-retention.ts';
import { SinkNotKeepableError } from '../../src/sink/kept-sink.ts';
import { parseSinkConfig } from '../../src/sink/sink-config.ts';
import { sinkConfig } from '../bed/sink.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';

const outcomes = (checks: readonly DoctorCheck[]) =>
  Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
const check = (outcome: DoctorCheck['outcome']): DoctorCheck => ({ name: 'x', outcome, fact: '' });

describe('the verdict', () => {
  it.each([
    [['ok', 'warning', 'not checked'], 'healthy', 0],
    [['ok', 'could not verify', 'failed'], 'not healthy', 1],
    [['ok', 'could not verify'], 'could not verify', 2],
    [['not checked'], 'could not verify', 2],
  ] as const)('of %j is %s', (found, verdict, exitCode) => {
    expect(doctorVerdict(found.map(check))).toBe(verdict);
    expect(doctorExitCode(verdict)).toBe(exitCode);
  });
});

describe('an error', () => {
  it('that an operator can mend has failed, with its remedy and without passwords', () => {
    const error = new OperatorError('postgres://u:secret@h/d is down', { hint: 'start it' });
    expect(checkOfError('database', error)).toEqual({
      name: 'database',
      outcome: 'failed',
      fact: 'postgres://u:***@h/d is down',
      hint: 'start it',
    });
  });

  it('that nobody foresaw could not be verified, and neither could what was never asked', () => {
    expect(checkOfError('x', new TypeError('undefined is not a function'))).toMatchObject({
      outcome: 'could not verify',
    });
    expect(checkOfError('x', new NotReachedError(new Error('no worker')))).toEqual({
      name: 'x',
      outcome: 'could not verify',
      fact: 'not asked: no worker',
    });
  });
});

const configuration = (range: string | null) =>
  new Map([
    ['MAX_PLAYBACK_RANGE', range],
    ['DATA_RETENTION_CRON_EXPRESSION', '0 3 * * *'],
    ['MAX_ACTIVE_SESSIONS', '5'],
  ]);

describe('the database', () => {
  const facts: DatabaseFacts = {
    where: 'db:5432/msr',
    role: 'msr_backup',
    bytes: 41e6,
    server: { seen: sampleManifest().server },
    whole: { seen: undefined },
    missing: { seen: [] },
    mayCheckpoint: { seen: false },
    maintenance: { seen: { cron: '0 3 * * *', lastRefresh: undefined } },
    configuration: { seen: configuration('7') },
    jobErrors: { seen: [] },
  };
  const named = (checks: readonly DoctorCheck[], name: string) => checks.find((found) => found.name === name);
  const access = { url: '', strategy: 'dump' };
  const lacking = [{ role: 'b', what: 'LOCK', grant: 'GRANT MAINTAIN ON msr.cdc_event TO "b"' }];
  const old = { ...sampleManifest().server, postgresVersion: 150_004 };

  it('is asked for TRUNCATE before PostgreSQL 17, which has no MAINTAIN', () => {
    const found = { ...facts, server: { seen: old }, missing: { seen: lacking } };
    const role = named(databaseChecks({ seen: found }, access), 'backup role');
    expect(role?.commands).toEqual(['GRANT TRUNCATE ON msr.cdc_event TO "b";']);
  });

  it('is asked for CHECKPOINT where the strategy snapshots volumes', () => {
    const found = databaseChecks({ seen: facts }, { ...access, strategy: 'hybrid' });
    const checkpoint = named(found, 'checkpoint');
    expect(checkpoint?.commands).toEqual(['GRANT pg_checkpoint TO "msr_backup";']);
    const allowed = { seen: { ...facts, mayCheckpoint: { seen: true } } };
    expect(outcomes(databaseChecks(allowed, { ...access, strategy: 'ebs' }))).toMatchObject({
      checkpoint: 'ok',
    });
    expect(named(databaseChecks({ seen: facts }, access), 'checkpoint')).toBeUndefined();
  });

  it.each(['0', '-5', 'seven', '', null])('with MAX_PLAYBACK_RANGE %j is not healthy', (range) => {
    const found = { seen: { ...facts, configuration: { seen: configuration(range) } } };
    expect(named(databaseChecks(found, access), 'configuration')).toMatchObject({
      outcome: 'failed',
      fact: expect.stringContaining('MAX_PLAYBACK_RANGE is '),
    });
  });

  const portal = 'cannot drop portal "" while it is being set up';
  it.each<[number, string, 'apache' | 'community', string[], string | undefined]>([
    [170_012, '2.22.1', 'community', [], 'warning'],
    [170_012, '2.29.2', 'community', [portal], 'warning'],
    [170_012, '2.22.1', 'apache', [], undefined],
    [170_011, '2.22.1', 'community', [], undefined],
    [160_016, '2.22.1', 'community', [portal], 'warning'],
    [170_012, '2.30.0', 'community', [], undefined],
    [180_003, '2.22.1', 'community', [], undefined],
  ])(
    'PostgreSQL %i with TimescaleDB %s, %s, job errors %j: %s',
    (postgresVersion, timescaledbVersion, edition, errors, outcome) => {
      const server = { ...sampleManifest().server, postgresVersion, timescaledbVersion, edition };
      const found = { seen: { ...facts, server: { seen: server }, jobErrors: { seen: errors } } };
      expect(named(databaseChecks(found, access), 'background jobs')?.outcome).toBe(outcome);
    },
  );

  it.each([
    ['too old', { ...old, postgresVersion: 130_009 }, 'failed'],
    ['of the Apache edition', { ...old, edition: 'apache' as const }, 'warning'],
  ])('%s', (_, server, outcome) => {
    expect(outcomes(databaseChecks({ seen: { ...facts, server: { seen: server } } }, access))).toMatchObject({
      database: outcome,
    });
  });
});

describe('Kafka Connect', () => {
  const config = sinkConfig({ topics: ['t'], databaseUrl: 'postgres://u:p@h/d' });
  const facts: ConnectFacts = {
    url: 'http://connect:8083',
    connector: 'sink',
    worker: { version: '3.7.1', kafkaClusterId: 'one' },
    config: { seen: config },
    class: { seen: 'io.debezium.connector.jdbc.JdbcSinkConnector' },
    writesTo: { seen: 'db:5432/msr' },
    plugin: { seen: { class: 'x', version: '3.6.0.Final' } },
    status: { seen: { connector: 'RUNNING', tasks: [{ id: 0, state: 'RUNNING' }] } },
    sink: { seen: parseSinkConfig('sink', config) },
    freezable: { seen: undefined },
    offsets: { seen: [{ topic: 't', partition: 0, offset: 1 }] },
  };
  const databases = {
    databaseUrl: 'postgres://u:p@db/msr',
    targetDatabaseUrl: 'postgres://u:p@new:5433/msr',
  };
  const surroundings = { databases, fed: { seen: undefined } };
  const found = (change: Partial<ConnectFacts>, clusterId = 'one', seen: Whereabouts = 'apart') =>
    outcomes(
      connectChecks({ seen: { ...facts, ...change } }, { ...surroundings, clusterId, located: { seen } }),
    );

  it('is as it should be', () => {
    const ok = { 'kafka connect': 'ok', sink: 'ok', 'sink database': 'ok', 'sink offsets': 'ok' };
    expect(found({})).toEqual(ok);
  });

  it.each<[string, string, Whereabouts, string]>([
    ['another database', 'db:5432/other', 'apart', 'failed'],
    ['the same one by another name of its server', 'timescale:5432/msr', 'apart', 'ok'],
    ['the server that a recovery went to', 'new:5433/msr', 'moved', 'warning'],
    ['the server itself, where MSR_DATABASE_URL names a proxy of it', 'new:5433/msr', 'one server', 'ok'],
    ["the target's server, though nothing was recovered to it", 'new:5433/msr', 'apart', 'failed'],
    ['the old server again, after a recovery to the new one', 'db:5432/msr', 'moved', 'failed'],
    ['the old server again by another name of it', 'timescale:5432/msr', 'moved', 'failed'],
  ])('with a sink that writes to %s', (_, seen, where, outcome) => {
    expect(found({ writesTo: { seen } }, 'one', where)).toMatchObject({ 'sink database': outcome });
  });

  it('with a sink that feeds another server than the live one, whatever that is called, is found out', () => {
    const fed = { error: new NotFedError('the sink writes to x', { hint: 'h' }) };
    const seen = { ...facts, writesTo: { seen: 'timescale:5432/msr' } };
    const located = { seen: 'one server' as const };
    const checks = connectChecks({ seen }, { ...surroundings, clusterId: 'one', located, fed });
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'sink database', outcome: 'failed', fact: 'the sink writes to x' }),
    );
  });

  it('with a sink whose URL is a reference could not be verified', () => {
    expect(found({ writesTo: { seen: undefined } })).toMatchObject({ 'sink database': 'could not verify' });
  });

  it.each<[string, Partial<ConnectFacts>, Record<string, string>]>([
    [
      'that sets no offsets',
      { worker: { version: '3.5.2', kafkaClusterId: 'one' } },
      { 'kafka connect': 'ok' },
    ],
    [
      'without a STOP',
      { worker: { version: '3.4.1', kafkaClusterId: 'one' } },
      { 'kafka connect': 'warning' },
    ],
    [
      'without a STOP, and without the secrets to create the sink again',
      {
        worker: { version: '3.4.1', kafkaClusterId: 'one' },
        freezable: { error: new SinkNotKeepableError('no', { hint: 'h' }) },
      },
      { 'kafka connect': 'failed' },
    ],
    [
      'without a version',
      { worker: { version: 'unknown', kafkaClusterId: 'one' } },
      { 'kafka connect': 'warning' },
    ],
    [
      'with a failed task',
      { status: { seen: { connector: 'RUNNING', tasks: [{ id: 0, state: 'FAILED' }] } } },
      { sink: 'failed' },
    ],
    ['with a stopped sink', { status: { seen: { connector: 'STOPPED', tasks: [] } } }, { sink: 'warning' }],
    [
      'with a sink that is not understood',
      { sink: { error: new OperatorError('no', { hint: 'h' }) } },
      { sink: 'failed' },
    ],
    ['with a sink that has committed nothing', { offsets: { seen: [] } }, { 'sink offsets': 'warning' }],
  ])('%s', (_, change, expected) => {
    expect(found(change)).toMatchObject(expected);
  });

  it('of another cluster than the brokers is found out', () => {
    expect(found({}, 'two')).toMatchObject({ 'kafka cluster': 'failed' });
  });
});

describe('the newest backup', () => {
  const now = new Date('2026-11-23T12:00:00Z');
  const found = (takenAt: string | undefined, passedOver: readonly string[] = [], backupMs = 0) => {
    const sample = sampleManifest();
    const manifest = takenAt === undefined ? undefined : { ...sample, cut: { ...sample.cut, takenAt } };
    const seen = { url: 'file:///v', writable: { seen: undefined }, freeBytes: { seen: 1 } };
    const backups = { seen: { backups: [], manifests: [], recoveries: [] } };
    const vault = { ...seen, newest: { seen: { manifest, passedOver } }, backups };
    return outcomes(vaultChecks({ seen: vault }, { ...RETENTION_MATRIX.daily, backupMs, now }))[
      'newest backup'
    ];
  };

  it.each([
    ['of this night', '2026-11-23T03:30:00Z', 'ok'],
    ['of yesterday, where one was due', '2026-11-22T03:30:00Z', 'warning'],
    ['of three days ago', '2026-11-20T03:30:00Z', 'failed'],
    ['that nobody took yet', undefined, 'warning'],
  ])('%s', (_, takenAt, outcome) => {
    expect(found(takenAt)).toBe(outcome);
  });

  it('is not late while the next one may still be under way', () => {
    expect(found('2026-11-22T06:00:00Z', [], 6 * 3_600_000)).toBe('ok');
    expect(found('2026-11-22T06:00:00Z')).toBe('warning');
  });

  it('with a newer one that cannot be used', () => {
    expect(found('2026-11-23T03:30:00Z', ['b: damaged'])).toBe('warning');
    expect(found(undefined, ['b: damaged'])).toBe('failed');
  });
});

describe('space', () => {
  const need = { place: 'vault' as const, what: '14 backups', bytes: 504e9, arithmetic: 'sums' };
  const found = (freeBytes: number | undefined, usedBytes = 0) =>
    diskChecks([need], { vault: { freeBytes, usedBytes } })[0]?.outcome;

  it('counts what lies there already', () => {
    expect(found(500e9)).toBe('warning');
    expect(found(500e9, 30e9)).toBe('ok');
    expect(found(undefined)).toBe('not checked');
  });

  it('for a recovery beside the live database is needed now', () => {
    const place = 'database server' as const;
    const [short] = diskChecks([{ ...need, place }], { [place]: { freeBytes: 1, usedBytes: 0 } });
    expect(short?.outcome).toBe('failed');
  });
});

describe("the doctor's metrics", () => {
  it('count what failed, and tell how much longer than needed events are held', () => {
    const durations = { backupMs: 0, restoreMs: 0, replayMs: 0, verificationMs: 0, assumed: [] };
    const need = retentionNeed({ frequency: 'daily', durations });
    const report = {
      version: 1 as const,
      at: '2026-11-23T12:00:00Z',
      verdict: 'not healthy' as const,
      checks: [check('failed'), check('ok'), check('could not verify')],
      retention: { need, findings: [], shortestMs: 2 * 86_400_000 },
    };
    expect(doctorMetrics(report)).toEqual([
      { name: 'DoctorFailedChecks', value: 1, unit: 'Count' },
      { name: 'DoctorUnverifiedChecks', value: 1, unit: 'Count' },
      { name: 'KafkaRetentionMarginSeconds', value: -86_400, unit: 'Seconds' },
    ]);
  });
});
