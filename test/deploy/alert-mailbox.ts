import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { z } from 'zod';
import type { Emulator } from '../aws/emulators.ts';
import { waitFor } from '../bed/wait.ts';
import { awsJson } from './aws-json.ts';

export interface Mail {
  readonly subject: string;
  readonly message: string;
}

const queue = z.object({ QueueUrl: z.string() });
const attributes = z.object({ Attributes: z.object({ QueueArn: z.string() }) });
const received = z.object({ Messages: z.array(z.object({ Body: z.string() })).default([]) });
const envelope = z.object({ Subject: z.string().nullish(), Message: z.string() });

/**
 * Subscribed to an alert topic in place of a mailbox: a queue that keeps what people would have been sent.
 */
export class AlertMailbox {
  readonly mails: Mail[] = [];
  readonly #emulator: Emulator;
  readonly #queueUrl: string;

  private constructor(emulator: Emulator, queueUrl: string) {
    this.#emulator = emulator;
    this.#queueUrl = queueUrl;
  }

  static async subscribe(emulator: Emulator, topicArn: string): Promise<AlertMailbox> {
    const call = (action: string, body: Record<string, unknown>) =>
      awsJson(emulator, 'sqs', `AmazonSQS.${action}`, body);
    const QueueName = `mailbox-${topicArn.replace(/^.*:/, '')}`;
    const { QueueUrl } = queue.parse(await call('CreateQueue', { QueueName }));
    const asked = await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
    const { QueueArn } = attributes.parse(asked).Attributes;
    const subscription = { TopicArn: topicArn, Protocol: 'sqs', Endpoint: QueueArn };
    await new SNSClient().send(new SubscribeCommand(subscription));
    return new AlertMailbox(emulator, QueueUrl);
  }

  /** @returns the first mail so far whose text matches, waiting for it */
  async waitFor(pattern: RegExp, timeoutMs: number): Promise<Mail> {
    return await waitFor(
      `a mail with ${pattern}`,
      async () => {
        await this.fetch();
        return this.mails.find(({ message }) => pattern.test(message));
      },
      { timeoutMs, everyMs: 500 },
    );
  }

  async fetch(): Promise<void> {
    const body = { QueueUrl: this.#queueUrl, MaxNumberOfMessages: 10 };
    const { Messages } = received.parse(
      await awsJson(this.#emulator, 'sqs', 'AmazonSQS.ReceiveMessage', body),
    );
    for (const { Body } of Messages) {
      const { Subject, Message } = envelope.parse(JSON.parse(Body));
      if (this.mails.some(({ message }) => message === Message)) continue;
      this.mails.push({ subject: Subject ?? '', message: Message });
    }
  }
}
