import { describe, expect, it } from 'vitest';
import { type AlarmDecision, type AlarmState, type MissingData, nextState } from './metric-alarm.ts';

/** AWS's page writes them so: 0 does not breach, X does, - is missing. */
const pointsOf = (text: string) =>
  text.split(' ').map((point) => (point === '-' ? undefined : point === 'X' ? 1 : 0));

const alarm = (datapointsToAlarm: number, missingData: MissingData): AlarmDecision => ({
  threshold: 1,
  comparison: 'GreaterThanOrEqualToThreshold',
  evaluationPeriods: 3,
  datapointsToAlarm,
  missingData,
});

/** Whatever it was before. */
const KEPT = 'kept';
type Expected = AlarmState | typeof KEPT;
type Row = readonly [points: string, ignore: Expected, breaching: AlarmState, notBreaching: AlarmState];

/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, its two
 * tables.
 */
const THREE_OF_THREE: readonly Row[] = [
  ['0 - X - X', 'OK', 'OK', 'OK'],
  ['0 - - - -', 'OK', 'OK', 'OK'],
  ['- - - - -', KEPT, 'ALARM', 'OK'],
  ['0 X X - X', 'ALARM', 'ALARM', 'ALARM'],
  ['- - - - X', KEPT, 'ALARM', 'OK'],
  ['X - - - -', KEPT, 'ALARM', 'OK'],
  ['- - X - -', KEPT, 'ALARM', 'OK'],
];
const TWO_OF_THREE: readonly Row[] = [
  ['0 - X - X', 'ALARM', 'ALARM', 'ALARM'],
  ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM'],
  ['0 - X - -', 'OK', 'ALARM', 'OK'],
  ['- - - - 0', 'OK', 'ALARM', 'OK'],
  ['- - - - X', KEPT, 'ALARM', 'OK'],
];

describe("CloudWatch's rules on missing data, as AWS's own tables have them", () => {
  const rows = [
    ...THREE_OF_THREE.map((row) => [3, ...row] as const),
    ...TWO_OF_THREE.map((row) => [2, ...row] as const),
  ];

  it.each(rows)('%i of 3 over %s: %s, %s, %s', (needed, text, ignore, breaching, notBreaching) => {
    for (const before of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const) {
      const stateAfter = (missing: MissingData) => nextState(alarm(needed, missing), pointsOf(text), before);
      expect(stateAfter('ignore')).toBe(ignore === KEPT ? before : ignore);
      expect(stateAfter('breaching')).toBe(breaching);
      expect(stateAfter('notBreaching')).toBe(notBreaching);
    }
  });
});

describe('a threshold', () => {
  it.each([
    ['GreaterThanOrEqualToThreshold', [0.9, 1, 1.1], ['OK', 'ALARM', 'ALARM']],
    ['GreaterThanThreshold', [0.9, 1, 1.1], ['OK', 'OK', 'ALARM']],
    ['LessThanThreshold', [0.9, 1, 1.1], ['ALARM', 'OK', 'OK']],
    ['LessThanOrEqualToThreshold', [0.9, 1, 1.1], ['ALARM', 'ALARM', 'OK']],
  ] as const)('is compared as its name says: %s', (comparison, values, states) => {
    const one = { ...alarm(1, 'ignore'), comparison, evaluationPeriods: 1 };
    expect(values.map((value) => nextState(one, [value], 'INSUFFICIENT_DATA'))).toEqual(states);
  });
});
