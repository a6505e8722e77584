import { notifier, pagingSecret, pagingVariable } from '../../src/paging/notifier.ts';
import { tellPagerDuty } from '../../src/paging/pager-duty.ts';
import { PagingVariable } from '../../src/paging/paging-environment.ts';

/**
 * Duty: tells PagerDuty of every page, and of its end.
 * Trigger: the topic of pages. A second delivery of one message has the same key, and PagerDuty opens
 * nothing anew.
 */
export const handler = notifier(async (notice) =>
  tellPagerDuty(notice, {
    url: pagingVariable(PagingVariable.pagerDutyUrl),
    routingKey: await pagingSecret(),
  }),
);
