/** CloudWatch's own words for what an alarm is in. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

type Comparison =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

/** What is done about a period without data. Nothing of ours is `missing`, CloudWatch's default. */
export type MissingData = 'breaching' | 'notBreaching' | 'ignore';

/** How an alarm decides, apart from where its data come from. */
export interface AlarmDecision {
  readonly threshold: number;
  readonly comparison: Comparison;
  /** N: the periods that are looked at. */
  readonly evaluationPeriods: number;
  /** M: how many of them must breach. */
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

/**
 * The state after one evaluation, by the rules of
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html:
 * with N data points or more in the evaluation range the N newest decide, and gaps do not count. With fewer,
 * all of them count, and each one that is missing is filled in as `missingData` says. Where that is `ignore`,
 * the state is kept unless what is there decides by itself.
 * @param points those of the evaluation range, the oldest first; undefined: a period without data. The
 * range is longer than N, and AWS does not say by how much.
 */
export function nextState(
  alarm: AlarmDecision,
  points: ReadonlyArray<number | undefined>,
  current: AlarmState,
): AlarmState {
  const { evaluationPeriods, datapointsToAlarm, missingData } = alarm;
  const known = points.filter((point): point is number => point !== undefined).slice(-evaluationPeriods);
  const breaching = known.filter((point) => isBreaching(alarm, point)).length;
  const filled = evaluationPeriods - known.length;
  const counted = missingData === 'breaching' ? breaching + filled : breaching;
  if (counted >= datapointsToAlarm) return 'ALARM';
  // Nothing but what breaches, and too little of it: the gaps would have to decide.
  if (missingData === 'ignore' && filled > 0 && breaching === known.length) return current;
  return 'OK';
}

function isBreaching({ threshold, comparison }: AlarmDecision, value: number): boolean {
  switch (comparison) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
  }
}
