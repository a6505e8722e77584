import { CloudWatchClient, PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';

/** The namespace of all our metrics in CloudWatch; the constructs that watch them use it, too. */
export const METRICS_NAMESPACE = 'MSR';
/** The dimension that all of them have: the MSR instance's name. */
export const INSTANCE_DIMENSION = 'Instance';

export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit: Extract<StandardUnit, 'Bytes' | 'Seconds' | 'Count'>;
}

/** @throws what CloudWatch refuses */
export async function putMetrics(
  instance: string,
  timestamp: Date,
  metrics: readonly Metric[],
  client: Pick<CloudWatchClient, 'send'> = new CloudWatchClient(),
): Promise<void> {
  await client.send(
    new PutMetricDataCommand({
      Namespace: METRICS_NAMESPACE,
      MetricData: metrics.map(({ name, value, unit }) => ({
        MetricName: name,
        Dimensions: [{ Name: INSTANCE_DIMENSION, Value: instance }],
        Timestamp: timestamp,
        Value: value,
        Unit: unit,
      })),
    }),
  );
}
