import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../../src/recovery/plan/assessment.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import type { RecoveryInput } from '../../../src/recovery/plan/request.ts';
import { assessment, BACKUP_ID, RECOVERY_ID, request } from './sample-assessment.ts';

/*
 * The playbook's Disaster Response Matrix and both branches of its Quick Decision Tree, as far as Kafka or
 * the whole database is lost. What is lost is said, or said not to be known.
 */

type World = Partial<Assessment>;
const base = assessment();
const TOPIC = 'gis.geo_entity';
const partitions = [0, 1, 2, 3];

const databaseIs = (state: Assessment['database']['state']): World => ({
  database: { ...base.database, state, readable: state !== 'gone' && state !== 'unreachable' },
});

const HURT = [{ table: 'gis.track', hour: '2026-11-20T02:00:00Z', expected: 20_000 }];

/** Hours of events are damaged, as a comparison found. */
const hoursHurt = (rest: { readonly restSound: boolean }): World => ({
  database: {
    ...base.database,
    ...{ state: 'damaged', readable: true },
    damaged: { ...base.database.damaged, events: HURT, others: false, ...rest },
  },
});
const allOtherEventsSound = hoursHurt({ restSound: true });
const restUnknown = hoursHurt({ restSound: false });

/** Deleted and created anew, by a source or by the brokers. */
const topicsAnew: World = {
  log: {
    ...base.log,
    state: 'damaged',
    topics: [{ name: TOPIC, id: 'topic-id-2', partitions: 4 }],
    facts: [`topic ${TOPIC} was created anew`],
    around: {
      ...base.log.around,
      anew: [TOPIC],
      holes: partitions.map((partition) => ({ topic: TOPIC, partition, from: 100, to: null })),
      starts: partitions.map((partition) => ({ topic: TOPIC, partition, offset: 0 })),
    },
  },
};

/** Kafka is back, and empty: no topics, no connectors. */
const kafkaEmpty: World = {
  log: {
    ...base.log,
    state: 'damaged',
    topics: [],
    records: 0,
    facts: [`Kafka has no topic ${TOPIC} any more`],
    around: {
      ...base.log.around,
      absent: [TOPIC],
      holes: partitions.map((partition) => ({ topic: TOPIC, partition, from: 100, to: null, seenTo: 150 })),
    },
  },
  sink: { ...base.sink, state: 'absent', facts: ['Kafka Connect has no cdc-sink-connector'] },
  gaps: {
    topics: [{ name: TOPIC, partitions: 4, config: {} }],
    connectors: [{ name: 'cdc-sink-connector', kind: 'own sink' }],
    leftAlone: [],
    missingSecrets: [],
    obstacles: [],
  },
  recorded: partitions.map((partition) => ({
    ...{ topic: TOPIC, partition, at: '2026-11-23T04:00:00.000Z', by: 'health run' as const },
    ...{ end: 150, committed: 140 },
  })),
};

const retentionAte: World = {
  log: {
    ...base.log,
    state: 'damaged',
    facts: ['3 records are gone'],
    around: {
      ...base.log.around,
      holes: [{ topic: TOPIC, partition: 0, from: 100, to: 103 }],
      starts: [{ topic: TOPIC, partition: 0, offset: 103 }],
    },
  },
};

const noBroker: World = {
  log: {
    ...base.log,
    state: 'unreachable',
    facts: ['no broker answers'],
    around: { ...base.log.around, obstacles: ['no broker answers'] },
  },
};
const connectorsLost: World = { sink: { ...base.sink, state: 'absent', facts: ['no such connector'] } };
const withoutSecret: World = {
  gaps: {
    ...(kafkaEmpty.gaps as NonNullable<World['gaps']>),
    missingSecrets: ['cdc-sink-connector: connection.password'],
  },
};

const plan = (worlds: readonly World[], input: RecoveryInput = {}) =>
  planRecovery(assessment(Object.assign({}, ...worlds)), request(input), RECOVERY_ID);

describe('the disaster matrix', () => {
  it.each<[string, readonly World[], string, number | null, number | undefined]>([
    ['MSR DB complete loss', [databaseIs('gone')], 'standard', 0, undefined],
    ['MSR DB complete loss, its server silent', [databaseIs('unreachable')], 'standard', 0, undefined],
    ['… and Connect has lost its connectors alone', [databaseIs('gone'), connectorsLost], 'cold', 0, 0],
    ['Partial corruption, the rest proven sound', [allOtherEventsSound], 'partial', 0, undefined],
    ['Partial corruption, the rest not compared with Kafka', [restUnknown], 'standard', 0, undefined],
    ['Partial corruption, and Kafka lost its topics', [allOtherEventsSound, topicsAnew], 'cold', null, 0],
    ['Kafka data loss, the topics anew', [databaseIs('healthy'), topicsAnew], 'resume-sink', null, undefined],
    [
      'Kafka data loss, nothing back yet',
      [databaseIs('healthy'), kafkaEmpty],
      'resume-sink',
      null,
      undefined,
    ],
    [
      '… of which the database is not compared in full',
      [databaseIs('unproven'), kafkaEmpty],
      'resume-sink',
      null,
      undefined,
    ],
    [
      '… and Connect has lost its connectors alone',
      [databaseIs('healthy'), connectorsLost],
      'resume-sink',
      null,
      undefined,
    ],
    ['Both DB + Kafka loss', [databaseIs('gone'), kafkaEmpty], 'cold', null, 200],
    ['Both DB + Kafka loss, the topics anew', [databaseIs('gone'), topicsAnew], 'cold', null, 0],
    ['Kafka data loss, and the database is damaged', [databaseIs('damaged'), topicsAnew], 'cold', null, 0],
  ])('%s', (_, worlds, procedure, lossEvents, lossAtLeast) => {
    const found = plan(worlds);
    expect(found.refusal).toBeUndefined();
    expect(found.procedure).toBe(procedure);
    const option = found.options.find((each) => each.procedure === procedure);
    expect(option).toMatchObject({ possible: true, answers: true, lossEvents });
    expect(option?.lossAtLeast).toBe(lossAtLeast);
  });

  it('follows what it creates from its start, and leaves nothing else of the way out', () => {
    expect(plan([databaseIs('gone'), kafkaEmpty]).course).toEqual({
      holes: kafkaEmpty.log?.around.holes,
      starts: partitions.map((partition) => ({ topic: TOPIC, partition, offset: 0 })),
    });
    expect(plan([databaseIs('gone'), connectorsLost]).course).toEqual({ holes: [], starts: [] });
  });
});

describe('the decision tree', () => {
  it.each<[string, readonly World[], RecoveryInput, string]>([
    ['Kafka is healthy: standard', [databaseIs('gone')], {}, 'standard'],
    ['Kafka is not: cold', [databaseIs('gone'), kafkaEmpty], {}, 'cold'],
    [
      'single hours are damaged by what came through Kafka: point in time',
      [allOtherEventsSound],
      { until: '2026-11-20T02:00:00Z' },
      'point-in-time',
    ],
    ['nothing is lost of the database: it is kept', [databaseIs('healthy'), kafkaEmpty], {}, 'resume-sink'],
  ])('%s', (_, worlds, input, procedure) => {
    expect(plan(worlds, input)).toMatchObject({ procedure });
  });

  it.each<[string, readonly World[], RecoveryInput, string]>([
    ['cold where Kafka is healthy', [databaseIs('gone')], { procedure: 'cold' }, 'standard loses nothing'],
    [
      'to keep a database that is lost',
      [databaseIs('gone'), kafkaEmpty],
      { procedure: 'resume-sink' },
      'the database is gone',
    ],
    [
      'to resume a sink that lacks nothing',
      [databaseIs('healthy')],
      { procedure: 'resume-sink' },
      'no topic was created anew',
    ],
    [
      'standard around a Kafka that is gone',
      [databaseIs('gone'), kafkaEmpty],
      { procedure: 'standard' },
      'Kafka has no topic',
    ],
    [
      'standard without a sink',
      [databaseIs('gone'), connectorsLost],
      { procedure: 'standard' },
      'cold creates it again',
    ],
    ['a hole that nobody has accepted', [databaseIs('gone'), retentionAte], {}, '--accept-hole '],
    ['anything without a broker', [databaseIs('gone'), noBroker], {}, 'no broker answers'],
    [
      'what needs a secret that nobody has given',
      [databaseIs('gone'), kafkaEmpty, withoutSecret],
      {},
      'MSR_CONNECTOR_SECRETS lacks cdc-sink-connector: connection.password',
    ],
  ])('refuses %s', (_, worlds, input, reason) => {
    expect(plan(worlds, input).refusal).toContain(reason);
  });

  it('brings a repair of the sink to its end though the sink goes on already: its task died after that', () => {
    const sink = { ...base.sink, follows: true };
    const unfinished = {
      ...{ recoveryId: 'r', backupId: base.backup.id, baseline: 'dump' as const, live: false },
      ...{ startedAt: '2026-11-23T05:00:00Z', procedure: 'resume-sink' as const },
    };
    const worlds = [databaseIs('healthy'), topicsAnew, { sink }];
    expect(plan([...worlds, { unfinished }])).toMatchObject({ procedure: 'resume-sink', recoveryId: 'r' });
    expect(plan([...worlds, { unfinished }]).refusal).toBeUndefined();
    expect(plan([...worlds, { unfinished }], { fresh: true }).refusal).toContain('nothing to recover');
  });

  it('needs nothing where the sink has gone on in the new topics by itself', () => {
    const sink = { ...base.sink, follows: true };
    const found = plan([databaseIs('healthy'), topicsAnew, { sink }]);
    expect(found.refusal).toContain('there is nothing to recover');
    expect(
      plan([databaseIs('healthy'), topicsAnew, { sink }], { procedure: 'resume-sink' }).refusal,
    ).toBeUndefined();
  });

  it('goes on with what it has created itself', () => {
    const unfinished = {
      ...{ recoveryId: 'r', backupId: BACKUP_ID, baseline: 'dump' as const, startedAt: 'then', live: false },
      ...{ procedure: 'cold' as const, course: { holes: [], starts: [] } },
    };
    expect(plan([databaseIs('gone'), { unfinished }])).toMatchObject({ procedure: 'cold', recoveryId: 'r' });
    expect(plan([databaseIs('gone'), { unfinished }]).refusal).toBeUndefined();
  });
});
