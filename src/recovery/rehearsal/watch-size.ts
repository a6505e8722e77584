import { openSession } from '../../clients/postgres.ts';

const EVERY_MS = 500;

/**
 * Asks for the size of a database now and then, and once more at the end.
 * @param url of another database of the server
 * @returns what ends it, after the last answer
 */
export async function watchSize(
  url: string,
  database: string,
  onSize: (bytes: number) => void,
): Promise<() => Promise<void>> {
  const session = await openSession(url, { purpose: 'watch rehearsal' });
  let asking: Promise<void> = Promise.resolve();
  const ask = async (): Promise<void> => {
    const { rows } = await session.query<{ bytes: string }>(
      'SELECT pg_database_size(oid) AS bytes FROM pg_database WHERE datname = $1',
      [database],
    );
    if (rows[0] !== undefined) onSize(Number(rows[0].bytes));
  };
  // A question that fails is no reason to end what is watched: its next statement fails by itself.
  const again = () => {
    asking = asking.then(ask).catch(() => {});
  };
  const timer = setInterval(again, EVERY_MS);
  return async () => {
    clearInterval(timer);
    again();
    await asking;
    await session.end().catch(() => {});
  };
}
