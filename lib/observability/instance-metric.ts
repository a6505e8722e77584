import { Metric, type MetricProps } from 'aws-cdk-lib/aws-cloudwatch';
import { INSTANCE_DIMENSION, METRICS_NAMESPACE } from '../../src/core/metric.ts';
import { fullName, type InstanceIdentity } from '../instance/instance-resources.ts';

/** One of our own metrics of an instance, as the deployed parts put it. */
export function instanceMetric(
  identity: InstanceIdentity,
  { dimensionsMap, ...props }: Omit<MetricProps, 'namespace'>,
): Metric {
  return new Metric({
    ...props,
    namespace: METRICS_NAMESPACE,
    dimensionsMap: { [INSTANCE_DIMENSION]: fullName(identity), ...dimensionsMap },
  });
}
