/** What the stage tells the Lambdas that tell people: written by the constructs, read by them. */
export const PagingVariable = {
  /** The secret that holds PagerDuty's routing key or Slack's URL. */
  secret: 'MSR_PAGING_SECRET_ID',
  /** The stage, and the names of its instances with commas between: alarms are named by both. */
  stage: 'MSR_PAGING_STAGE',
  instances: 'MSR_PAGING_INSTANCES',
  /** The vault's URL of any of them, with `{instance}` in place of its name: variables have 4 KiB in all. */
  vault: 'MSR_PAGING_VAULT_URL',
  /** The topic of those who are told by mail. */
  mailTopic: 'MSR_MAIL_TOPIC_ARN',
  /** Where PagerDuty takes events. */
  pagerDutyUrl: 'MSR_PAGER_DUTY_URL',
} as const;
