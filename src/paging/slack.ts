import { deliver } from './deliver.ts';
import { type Notice, noticeText } from './notice.ts';

/** Limits of Block Kit, in characters: https://docs.slack.dev/reference/block-kit/blocks */
const LONGEST_HEADER = 150;
const LONGEST_TEXT = 3000;

/**
 * A notice as the message of an incoming webhook: `text` is what a telephone shows, the blocks what is read.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
function slackMessage(notice: Notice): object {
  const title = `${notice.isOver ? ':white_check_mark:' : SIGNS[notice.severity]} ${notice.title}`;
  const links = notice.links.map(({ href, text }) => `<${escaped(href)}|${escaped(text)}>`).join('  ');
  return {
    text: escaped(title),
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: cut(escaped(title), LONGEST_HEADER), emoji: true },
      },
      { type: 'section', text: { type: 'mrkdwn', text: cut(escaped(noticeText(notice)), LONGEST_TEXT) } },
      ...(links === '' ? [] : [{ type: 'context', elements: [{ type: 'mrkdwn', text: links }] }]),
    ],
  };
}

const SIGNS = { page: ':rotating_light:', ticket: ':memo:' } as const;

/** Three characters mean something to Slack: a link, a mention of everybody. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

const GONE = 'the webhook, its app or its channel is gone: make a new one, and put its URL into the secret';
const HINTS = {
  400: 'see whether the secret holds the URL of an incoming webhook, and nothing else',
  403: GONE,
  404: GONE,
  410: GONE,
};

/** @param url of the incoming webhook: a secret @throws DeliveryError */
export async function tellSlack(
  notice: Notice,
  { url, retryMs }: { readonly url: string; readonly retryMs?: number },
): Promise<void> {
  const body = slackMessage(notice);
  await deliver({
    to: 'Slack',
    url: url.trim(),
    body,
    hints: HINTS,
    ...(retryMs === undefined ? {} : { retryMs }),
  });
}
