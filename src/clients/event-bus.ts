import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

/** The `source` of all our events on the account's default bus. */
const EVENT_SOURCE = 'msr.recovery';

/** @throws Error where the bus does not take it: PutEvents answers 200 all the same */
export async function putEvent(
  detailType: string,
  detail: Readonly<Record<string, unknown>>,
  client: Pick<EventBridgeClient, 'send'> = new EventBridgeClient(),
): Promise<void> {
  const entry = { Source: EVENT_SOURCE, DetailType: detailType, Detail: JSON.stringify(detail) };
  const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
  if (FailedEntryCount === 0) return;
  const [failed] = Entries ?? [];
  throw new Error(
    `EventBridge did not take ${detailType}: ${failed?.ErrorCode} ${failed?.ErrorMessage ?? ''}`,
  );
}
