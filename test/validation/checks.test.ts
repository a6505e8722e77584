import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { DatabaseConnectionError } from '../../src/clients/postgres.ts';
import { type Finding, findingOfConnection, findingOfError } from '../../src/validation/check.ts';
import { judgeConfiguration } from '../../src/validation/checks/configuration.ts';
import { type EventFacts, judgeEvents } from '../../src/validation/checks/events.ts';
import { judgeJobs } from '../../src/validation/checks/jobs.ts';
import { expectedKinds, judgeColumns, judgeSchema } from '../../src/validation/checks/schema.ts';
import { judgePointer } from '../../src/validation/checks/snapshot.ts';

const told = ({ outcome, fact }: Finding): string => `${outcome}: ${fact}`;

describe('judgeSchema', () => {
  const kinds = expectedKinds('community');
  const found = (change: Record<string, string | undefined>) =>
    new Map(
      Object.entries({ ...kinds, ...change }).flatMap(([name, kind]) =>
        kind === undefined ? [] : [[name, kind] as const],
      ),
    );

  it.each<[Record<string, string | undefined>, string]>([
    [{}, 'passed: all seven tables and the view are there, each of its kind'],
    [{ a_table_of_their_own: 'table' }, 'passed: all seven tables and the view are there, each of its kind'],
    [{ session: undefined }, 'failed: session is missing'],
    [
      { cdc_event: 'table', entity_last_states: 'view' },
      'failed: cdc_event is a table, not a hypertable; entity_last_states is a view, not a continuous aggregate',
    ],
  ])('%j', (change, expected) => {
    expect(told(judgeSchema(kinds, found(change)))).toBe(expected);
  });

  it('takes a view for the aggregate in the Apache edition', () => {
    expect(expectedKinds('apache')['entity_last_states']).toBe('view');
  });
});

describe('judgeColumns', () => {
  const columns = new Map([
    ['entity_id', 'text'],
    ['entity_state', 'jsonb'],
    ['op', 'character(1)'],
    ['event_timestamp', 'timestamp with time zone'],
    ['table_name', 'text'],
  ]);

  it('wants the five columns, each of its type', () => {
    expect(judgeColumns(columns).outcome).toBe('passed');
    const wrong = new Map(columns).set('entity_state', 'json');
    wrong.delete('op');
    expect(told(judgeColumns(wrong))).toBe(
      'failed: cdc_event: entity_state is json, not jsonb; op is missing, not character(1)',
    );
  });
});

describe('judgeConfiguration', () => {
  const whole = {
    MAX_PLAYBACK_RANGE: '7',
    DATA_RETENTION_CRON_EXPRESSION: '0 3 * * *',
    MAX_ACTIVE_SESSIONS: '5',
  };

  it.each<[Record<string, string | null | undefined>, string]>([
    [{}, 'passed: MAX_PLAYBACK_RANGE 7, DATA_RETENTION_CRON_EXPRESSION 0 3 * * *, MAX_ACTIVE_SESSIONS 5'],
    [{ MAX_PLAYBACK_RANGE: undefined }, 'failed: MAX_PLAYBACK_RANGE is missing'],
    [{ DATA_RETENTION_CRON_EXPRESSION: null }, 'failed: DATA_RETENTION_CRON_EXPRESSION is empty'],
    [{ MAX_ACTIVE_SESSIONS: '0' }, 'failed: MAX_ACTIVE_SESSIONS is 0, not a number above 0'],
    [{ MAX_PLAYBACK_RANGE: '-1' }, 'failed: MAX_PLAYBACK_RANGE is -1, not a number above 0'],
    [{ QUERY_WORK_MEM_MB: 'lots' }, 'failed: QUERY_WORK_MEM_MB is lots, not a number above 0'],
    [{ CAGG_REFRESH_LAG_DAYS: '-1' }, 'failed: CAGG_REFRESH_LAG_DAYS is -1, not a number from 0 on'],
    [
      { DATA_RETENTION_CRON_EXPRESSION: '0 3 30 2 *' },
      'failed: DATA_RETENTION_CRON_EXPRESSION is 0 3 30 2 *, which never comes',
    ],
    [
      { DATA_RETENTION_CRON_EXPRESSION: 'nightly' },
      'failed: DATA_RETENTION_CRON_EXPRESSION is nightly, no cron expression',
    ],
    [
      { MAX_PLAYBACK_RANGE: '0', MAX_ACTIVE_SESSIONS: '' },
      'failed: MAX_PLAYBACK_RANGE is 0, not a number above 0; MAX_ACTIVE_SESSIONS is empty',
    ],
    ...['0 0 3 * * *', '0 3 29 2 *', '@daily'].map((cron): [Record<string, string>, string] => [
      { DATA_RETENTION_CRON_EXPRESSION: cron },
      `passed: MAX_PLAYBACK_RANGE 7, DATA_RETENTION_CRON_EXPRESSION ${cron}, MAX_ACTIVE_SESSIONS 5`,
    ]),
  ])('%j', (change, expected) => {
    const entries = Object.entries({ ...whole, ...change }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    expect(told(judgeConfiguration(new Map(entries)))).toBe(expected);
  });
});

describe('judgeEvents', () => {
  const facts: EventFacts = {
    count: 3,
    earliest: '2026-11-16T00:00:00.000Z',
    latest: '2026-11-23T00:00:00.000Z',
  };
  const none: EventFacts = { count: 0, earliest: null, latest: null };
  const range = 'from 2026-11-16T00:00:00.000Z to 2026-11-23T00:00:00.000Z';

  it.each<[EventFacts, number | undefined, string]>([
    [facts, undefined, `passed: 3 events ${range}`],
    [facts, 3, `passed: 3 events ${range}`],
    [{ ...facts, count: undefined }, 3, `passed: events ${range}`],
    [facts, 4, 'failed: 3 events instead of 4'],
    [none, 4, 'failed: 0 events instead of 4'],
    [none, 0, 'passed: no events, as expected'],
    [none, undefined, 'could not verify: there are no events'],
  ])('%j, %j expected', (found, expected, text) => {
    expect(told(judgeEvents(found, expected))).toBe(text);
  });
});

describe('judgePointer', () => {
  const pointer = { current: 'B', cutoff: '2026-11-16T00:00:00.000Z' };

  it.each([
    [pointer, 'passed: snapshot B is live, of 2026-11-16T00:00:00.000Z, 9 entities'],
    [{ ...pointer, cutoff: null }, 'passed: snapshot B is live, maintenance has not run yet, 9 entities'],
    [{ ...pointer, current: 'C' }, 'failed: current_snapshot is C'],
    [undefined, 'failed: snapshot_pointer has no row'],
  ])('%j', (found, text) => {
    expect(told(judgePointer(found, '9 entities'))).toBe(text);
  });
});

describe('judgeJobs', () => {
  const job = (scheduled: boolean, procedure = 'ts.refresh') => ({ procedure, hypertable: null, scheduled });

  it('wants them as they were, once they are awake', () => {
    const before = [job(true), job(false, 'ts.retention')];
    expect(told(judgeJobs({ now: before, saved: [] }, before, false))).toBe(
      'passed: 2 jobs, 1 scheduled, as they were',
    );
    const now = [job(true), job(true, 'ts.retention')];
    expect(told(judgeJobs({ now, saved: [] }, before, false))).toBe(
      'failed: not there any more: ts.retention, asleep; was not there: ts.retention, scheduled',
    );
  });

  it('wants them asleep until the cutover, and their flags kept', () => {
    const before = [job(true)];
    expect(told(judgeJobs({ now: [job(false)], saved: before }, before, true))).toBe(
      'passed: 1 jobs, all asleep until the cutover, as they were',
    );
    expect(told(judgeJobs({ now: [job(true)], saved: before }, before, true))).toBe(
      'failed: 1 of 1 jobs are awake',
    );
    expect(judgeJobs({ now: [job(false)], saved: [] }, before, true).outcome).toBe('failed');
  });

  it('finds a live database whose jobs were never woken', () => {
    expect(told(judgeJobs({ now: [job(false)], saved: [] }, undefined, false))).toBe(
      'failed: all 1 jobs are asleep',
    );
    expect(told(judgeJobs({ now: [], saved: [] }, undefined, false))).toBe('passed: 0 jobs, 0 scheduled');
  });
});

describe('a check that ends in an error', () => {
  const databaseError = (code: string): DatabaseError => {
    const error = new DatabaseError('said the server', 1, 'error');
    error.code = code;
    return error;
  };

  it.each([
    ['42501', 'could not verify: said the server'],
    ['57P01', 'could not verify: said the server'],
    ['08006', 'could not verify: said the server'],
    ['53300', 'could not verify: said the server'],
    ['42P01', 'failed: said the server'],
    ['XX001', 'failed: said the server'],
    ['58P01', 'failed: said the server'],
  ])('SQLSTATE %s', (code, text) => {
    expect(told(findingOfError(databaseError(code)))).toBe(text);
  });

  it('is not a failure where the connection broke', () => {
    expect(told(findingOfError(new Error('Connection terminated')))).toBe(
      'could not verify: Connection terminated',
    );
  });

  it('is a failure where there is no such database, and only there', () => {
    const of = (reason: DatabaseConnectionError['reason']) =>
      findingOfConnection(new DatabaseConnectionError(reason, 'no', { hint: 'do', cause: undefined }))
        .outcome;
    expect(of('no-database')).toBe('failed');
    expect([of('unreachable'), of('credentials'), of('refused')]).toEqual(Array(3).fill('could not verify'));
  });
});
