import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { INSTANCE_DIMENSION, METRICS_NAMESPACE, type Metric } from '../core/metric.ts';

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
