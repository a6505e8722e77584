import { withSession } from '../../clients/postgres.ts';
import { locateLive } from '../../freeze/live-server.ts';
import { maintenanceUrl } from '../../freeze/settle-rename.ts';
import type { Manifest } from '../../manifest.ts';
import { OperatorError } from '../../operator-error.ts';
import { hostAndPort, type Settings } from '../../settings.ts';
import { checkTarget, readTargetFacts } from '../restore/target-server.ts';
import type { Assessment } from './assessment.ts';

/** Whether the server can hold the recovered database. */
export async function assessTarget(settings: Settings, manifest: Manifest): Promise<Assessment['target']> {
  const url = settings.targetDatabaseUrl;
  const server = hostAndPort(url);
  try {
    const found = await withSession(maintenanceUrl(settings), { purpose: 'assess target' }, readTargetFacts);
    checkTarget(found, manifest.server, url);
    const { cutover } = await locateLive(settings);
    return { server, cutover, fit: true, facts: [`${server} can hold the recovered database`] };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { server, cutover: 'rename', fit: false, facts: [error.message] };
  }
}
