import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { readDatabaseSettings } from '../settings/settings.ts';
import type { DatabaseAccess } from './backup-uses.ts';

/** Who prunes a vault alone need not name a database: then nobody can tell what is kept on its server. */
export function readSettingsOfDatabases(env: Environment): DatabaseAccess {
  try {
    return readDatabaseSettings(env);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { why: error.message };
  }
}
