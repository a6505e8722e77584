/** The namespace of all our metrics in CloudWatch; the constructs that watch them use it, too. */
export const METRICS_NAMESPACE = 'MSR';
/** The dimension that all of them have: the MSR instance's name. */
export const INSTANCE_DIMENSION = 'Instance';

export interface Metric {
  readonly name: string;
  readonly value: number;
  /** As CloudWatch calls it. */
  readonly unit: 'Bytes' | 'Seconds' | 'Count';
}
