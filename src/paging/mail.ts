import { publishAlert } from '../clients/alert-topic.ts';
import { type Notice, noticeText } from './notice.ts';

/** A notice as a mail, by the topic of those who are told so. @throws what SNS refuses */
export async function tellByMail(notice: Notice, topicArn: string): Promise<void> {
  const links = notice.links
    .filter(({ href }) => !notice.lines.some((line) => line.includes(href)))
    .map(({ href, text }) => `${text}: ${href}`);
  await publishAlert(topicArn, { subject: notice.title, message: [noticeText(notice), ...links].join('\n') });
}
