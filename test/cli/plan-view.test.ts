import { expect, test } from 'vitest';
import { describePlan } from '../../src/cli/plan-view.ts';
import type { Plan } from '../../src/recovery/plan/plan.ts';

const plan: Plan = {
  version: 1,
  recoveryId: '20261123T041500Z-9f3a',
  hash: 'abc123abc123',
  procedure: 'standard',
  backupId: '20261123T031500Z-0001',
  options: [
    {
      procedure: 'standard',
      backupId: '20261123T031500Z-0001',
      possible: true,
      answers: true,
      basis: 'a guess',
      why: [],
      lossEvents: 0,
      seconds: { low: 70, high: 600 },
      cost: { low: 0.004, high: 0.03, keptDay: 0 },
      destroys: 'nothing: the old database is kept',
    },
    {
      procedure: 'point-in-time',
      possible: false,
      answers: false,
      basis: 'a guess',
      why: ['not yet'],
      lossEvents: null,
      seconds: null,
      destroys: 'every event after the chosen moment',
    },
    {
      procedure: 'point-in-time',
      backupId: '20261122T031500Z-0001',
      possible: false,
      answers: false,
      basis: 'a guess',
      why: ['not yet'],
      lossEvents: null,
      seconds: null,
      destroys: 'every event after the chosen moment',
    },
  ],
  remarks: ['sessions go back to the backup'],
};

test('a plan reads in plain words: what, the price of every option, what to know', () => {
  expect(describePlan(plan)).toBe(
    [
      'plan       abc123abc123',
      'recovery   20261123T041500Z-9f3a',
      'procedure  standard: restore the backup beside the live database, replay Kafka, prove it, take its place',
      'backup     20261123T031500Z-0001',
      '',
      'OPTION         FROM BACKUP                            LOSS           TIME           COST IN AWS  DESTROYS, OR WHY NOT',
      'standard       20261123T031500Z-0001  possible    0 events  1m 10s to 10m  under $0.01 to $0.03  nothing: the old database is kept',
      'point-in-time                         impossible   unknown                                       not yet',
      'and 1 more that are impossible, from other backups',
      '',
      '- sessions go back to the backup',
    ].join('\n'),
  );
});

test('what is known of the live database stands in the first lines', () => {
  const facts = ['9 of 10 hours of events were not compared'];
  const database = { state: 'unproven' as const, facts, comparable: true };
  expect(describePlan({ ...plan, database }).split('\n')[1]).toBe(
    'database   not known whether it has lost anything: 9 of 10 hours of events were not compared',
  );
});

test('a refusal stands last, where it is read', () => {
  const refused = describePlan({ ...plan, options: [], remarks: [], refusal: 'Kafka has lost the cut' });
  expect(refused.split('\n').slice(-2)).toEqual(['', 'REFUSED: Kafka has lost the cut']);
});
