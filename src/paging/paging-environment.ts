/** What the stage tells the Lambdas that tell people: written by the constructs, read by them. */
export const PagingVariable = {
  /** The secret that holds PagerDuty's routing key or Slack's URL. */
  secret: 'MSR_PAGING_SECRET_ID',
  /** JSON: the vaults of the stage's instances, by what the names of their alarms begin with. */
  vaults: 'MSR_PAGING_VAULTS',
  /** Where PagerDuty takes events. */
  pagerDutyUrl: 'MSR_PAGER_DUTY_URL',
} as const;
