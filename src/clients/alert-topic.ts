import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

/** SNS's limit for a subject, in characters. */
const LONGEST_SUBJECT = 100;

/**
 * Tells the people who subscribed to a topic.
 * @throws what SNS refuses (rights, a topic that is gone), and what keeps it from being reached
 */
export async function publishAlert(
  topicArn: string,
  { subject, message }: { readonly subject: string; readonly message: string },
): Promise<void> {
  await new SNSClient().send(
    new PublishCommand({ TopicArn: topicArn, Subject: subject.slice(0, LONGEST_SUBJECT), Message: message }),
  );
}
