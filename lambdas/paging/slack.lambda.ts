import { notifier, pagingSecret } from '../../src/paging/notifier.ts';
import { tellSlack } from '../../src/paging/slack.ts';

/**
 * Duty: tells a channel of Slack of every page and ticket, and of their ends.
 * Trigger: both topics. A second delivery of one message is a second line in the channel, and nothing else.
 */
export const handler = notifier(async (notice) => tellSlack(notice, { url: await pagingSecret() }));
