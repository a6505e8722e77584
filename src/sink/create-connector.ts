import { type ConnectClient, ConnectError, type ConnectorConfig } from '../clients/connect.ts';
import { OperatorError } from '../core/operator-error.ts';
import { poll } from '../core/poll.ts';

/**
 * Creates a connector, and returns when the worker tells its state. One of that name is left as it is.
 * @returns false where there was one
 * @throws OperatorError where the worker takes it and never tells its state; ConnectError
 */
export async function createUnlessThere(
  connect: Pick<ConnectClient, 'create' | 'status'>,
  connector: ConnectorConfig,
  state: 'STOPPED' | 'RUNNING',
): Promise<boolean> {
  const created = await connect.create(connector, state).then(
    () => true,
    (error) => {
      if (isThere(error)) return false;
      throw error;
    },
  );
  await waitUntilKnown(connect, connector.name);
  return created;
}

/** 409 alone is also what a worker answers in a rebalance. */
function isThere(error: unknown): boolean {
  return error instanceof ConnectError && error.status === 409 && /already exists/.test(error.message);
}

/** A worker answers before it knows the state of what it has just created. */
async function waitUntilKnown(connect: Pick<ConnectClient, 'status'>, name: string): Promise<void> {
  const known = await poll(
    async () => {
      try {
        return await connect.status(name);
      } catch (error) {
        // A rebalance is under way, or it has not begun.
        if (error instanceof ConnectError && (error.status === 404 || error.status === 409)) return undefined;
        throw error;
      }
    },
    { deadlineMs: 30_000 },
  );
  if (known !== undefined) return;
  throw new OperatorError(`Kafka Connect has taken ${name}, and does not tell its state 30 s later`, {
    hint: 'look at the log of the Connect workers, and run it again',
  });
}
