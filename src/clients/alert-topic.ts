import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: less than 100 characters */
const LONGEST_SUBJECT = 99;

/**
 * Tells the people who subscribed to a topic.
 * @throws what SNS refuses (rights, a topic that is gone), and what keeps it from being reached
 */
export async function publishAlert(
  topicArn: string,
  { subject, message }: { readonly subject: string; readonly message: string },
): Promise<void> {
  await new SNSClient().send(
    new PublishCommand({ TopicArn: topicArn, Subject: subjectOf(subject), Message: message }),
  );
}

/** SNS refuses a subject with anything but printable ASCII: a page is not lost by a name in it. */
function subjectOf(text: string): string {
  return (
    text
      .replace(/[^ -~]/g, '?')
      .trimStart()
      .slice(0, LONGEST_SUBJECT) || 'MSR Recovery'
  );
}
