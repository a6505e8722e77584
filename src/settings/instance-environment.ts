/**
 * What a deployed instance tells its Lambdas beside the settings: written by the
 * constructs, read at the edge.
 */
export const InstanceVariable = {
  /** The MSR instance's name, for people and as the dimension of metrics. */
  name: 'MSR_INSTANCE',
  /** The ECS cluster whose tasks the janitor may stop. */
  cluster: 'MSR_CLUSTER_ARN',
  /** Where the runbook is. */
  runbookUrl: 'MSR_RUNBOOK_URL',
  /** Procedures whose plans need no question where they lose nothing, with commas between. */
  autoApprove: 'MSR_AUTO_APPROVE',
  /** The topic on which people are told what needs them. */
  alertTopic: 'MSR_ALERT_TOPIC_ARN',
} as const;
