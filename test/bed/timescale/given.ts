import { OperatorError } from '../../../src/core/operator-error.ts';
import { type TimescaleServer, withClient } from './server.ts';

const UNSET = 'or unset MSR_BED_DATABASE_URL to let the bed find a server by itself';

/**
 * Uses a server that the user runs. What the bed needs of it is asked first, so that nothing is made on
 * a server that will not do.
 * @throws OperatorError when it does not answer, the role is no superuser, or TimescaleDB is not there
 */
export async function useGiven(url: string, origin: string): Promise<TimescaleServer> {
  const host = new URL(url).host;
  const { superuser, preloaded, available } = await ask(url, host);
  if (!superuser) {
    throw new OperatorError(`the role of MSR_BED_DATABASE_URL is not a superuser of ${host}`, {
      hint: `give a superuser's URL: the bed creates databases and roles, and restores need one; ${UNSET}`,
    });
  }
  if (!available || !preloaded.includes('timescaledb')) {
    const fact = available ? 'does not preload TimescaleDB' : 'has no TimescaleDB';
    throw new OperatorError(`the server at ${host} ${fact}`, {
      hint: `install TimescaleDB there and set shared_preload_libraries = 'timescaledb', ${UNSET}`,
    });
  }
  return { adminUrl: url, origin, stop: async () => undefined };
}

interface Answer {
  readonly superuser: boolean;
  readonly preloaded: string;
  readonly available: boolean;
}

async function ask(url: string, host: string): Promise<Answer> {
  try {
    return await withClient(url, async (client) => {
      const { rows } = await client.query<Answer>(
        `SELECT rolsuper AS superuser, current_setting('shared_preload_libraries') AS preloaded,
                EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS available
         FROM pg_roles WHERE rolname = current_user`,
      );
      if (rows[0] === undefined) throw new Error('the session has no role');
      return rows[0];
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`the server of MSR_BED_DATABASE_URL at ${host} does not let us in: ${reason}`, {
      hint: `start it or correct the URL, ${UNSET}`,
      cause: error,
    });
  }
}
