import { Arn, ArnFormat } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { InstanceConfig } from '../config/config.ts';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';

/** https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control-actions.html */
const CLUSTER = ['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'];
const TOPIC = [
  'kafka-cluster:DescribeTopic',
  'kafka-cluster:DescribeTopicDynamicConfiguration',
  'kafka-cluster:ReadData',
];
const GROUP = ['kafka-cluster:DescribeGroup'];

/** After a loss of Kafka the topics are created as they were. */
const CREATE = ['kafka-cluster:CreateTopic'];

/**
 * Reading every topic and group of the instance's MSK cluster, and for tasks creating a topic that is gone;
 * nothing where it logs in otherwise.
 */
export function grantMskIam(
  grantee: IGrantable & IConstruct,
  { kafka }: InstanceConfig,
  { createsTopics }: { readonly createsTopics: boolean },
): void {
  if (kafka.saslMechanism !== 'aws-msk-iam' || kafka.mskClusterArn === undefined) return;
  const cluster = kafka.mskClusterArn;
  const { resourceName = '' } = Arn.split(cluster, ArnFormat.SLASH_RESOURCE_NAME);
  const within = (resource: string) =>
    `${cluster.replace(/:cluster\/.*$/, '')}:${resource}/${resourceName}/*`;
  Grant.addToPrincipal({ grantee, actions: CLUSTER, resourceArns: [cluster] });
  for (const [resource, actions] of [
    ['topic', createsTopics ? [...TOPIC, ...CREATE] : TOPIC],
    ['group', GROUP],
  ] as const) {
    const arn = within(resource);
    Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [arn] });
    acknowledge(
      grantee,
      resourceFinding(grantee, arn),
      "the sink's topics and its group, named by the sink itself",
    );
  }
}
