import { tellByMail } from '../../src/paging/mail.ts';
import { notifier, pagingVariable } from '../../src/paging/notifier.ts';
import { PagingVariable } from '../../src/paging/paging-environment.ts';

/**
 * Duty: tells by mail of every page and ticket, and of their ends, in the words of everybody else.
 * Trigger: both topics. A second delivery of one message is a second mail, and nothing else.
 */
export const handler = notifier((notice) => tellByMail(notice, pagingVariable(PagingVariable.mailTopic)));
