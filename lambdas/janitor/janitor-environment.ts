/** The janitor's environment beside the settings: written by the construct, read by the Lambda. */
export const JanitorVariable = {
  /** The ECS cluster whose tasks it may stop. */
  cluster: 'MSR_CLUSTER_ARN',
  /** The MSR instance's name, for people. */
  instance: 'MSR_INSTANCE',
  /** Where the runbook is. */
  runbookUrl: 'MSR_RUNBOOK_URL',
} as const;
