import { configureStrategy } from '../../baselines/strategies.ts';
import { sinkServerOf } from '../../clients/jdbc-url.ts';
import { checkRestoringVersion } from '../../clients/pg-tools.ts';
import { DatabaseConnectionError, withSession } from '../../clients/postgres.ts';
import { hostAndPort } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { ForeignDatabaseError, locateLive } from '../../live/live-server.ts';
import { type BaselineKind, isRecoveredInPlace } from '../../manifest/baseline-kind.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { maintenanceUrl, type Settings } from '../../settings/settings.ts';
import { checkTarget, readTargetFacts } from '../restore/target-server.ts';
import type { Assessment } from './assessment.ts';

/** Whether the server can hold the recovered database. */
export async function assessTarget(
  settings: Settings,
  manifest: Manifest,
  baseline: BaselineKind,
): Promise<Assessment['target']> {
  const url = settings.targetDatabaseUrl;
  const place = { server: hostAndPort(url), readersSecret: settings.readersSecretId !== undefined };
  const { server } = place;
  try {
    const found = await withSession(maintenanceUrl(settings), { purpose: 'assess target' }, readTargetFacts);
    const inPlace = baseline === 'volumes' && isRecoveredInPlace(manifest);
    checkTarget(found, manifest.server, url, inPlace ? 'owner' : 'superuser');
    const { pgDump } = manifest.madeBy;
    if (baseline === 'dump' && pgDump !== null) {
      checkRestoringVersion({ pgDump, pgRestore: undefined, target: found.postgresVersion });
    }
    if (baseline === 'volumes' && (await holdsCopy(settings))) {
      return { ...place, cutover: 'redirect', fit: true, facts: [`${server} runs on a copy of the volumes`] };
    }
    const { cutover } = await locateLive(settings);
    return { ...place, cutover, fit: true, facts: [`${server} can hold the recovered database`] };
  } catch (error) {
    if (baseline === 'volumes' && isDown(error)) {
      return { ...place, cutover: 'redirect', ...toBringUp(settings, manifest) };
    }
    if (!(error instanceof OperatorError)) throw error;
    return { ...place, cutover: 'rename', fit: false, facts: [error.message] };
  }
}

/**
 * A redirect changes the sink's URL at the cutover: one that it cannot change is told before anything is
 * restored. Pure.
 * @param configuration of the sink; undefined where Connect does not tell it
 */
export function fitForSink(
  target: Assessment['target'],
  configuration: Readonly<Record<string, string>> | undefined,
): Assessment['target'] {
  if (!target.fit || target.cutover !== 'redirect' || configuration === undefined) return target;
  if (sinkServerOf(configuration) !== undefined) return target;
  const fact =
    "the sink could not be pointed there: its connection.url is not jdbc:postgresql://host:port/database but a reference that only its worker resolves, or another database's; write it so in the connector's configuration (user and password may stay references)";
  return { ...target, fit: false, facts: [fact] };
}

/** Nothing runs there yet: the recovery brings the volumes up, if the strategy's options let it. */
function toBringUp(
  { targetDatabaseUrl, strategy }: Settings,
  { volumes }: Manifest,
): Pick<Assessment['target'], 'fit' | 'facts'> {
  const server = hostAndPort(targetDatabaseUrl);
  try {
    const configured = configureStrategy(strategy);
    for (const each of volumes) configured.requireRestorable(each);
    return { fit: true, facts: [`${server} does not answer yet: the recovery brings the volumes up there`] };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    // A line of a table, and of the refusal.
    const fact = error.message.replaceAll(/\s+/g, ' ');
    return { fit: false, facts: [`${server} does not answer yet, and ${fact}`, error.hint] };
  }
}

/**
 * Whether the target's database of the live name can be a copy: on another server, and none that is live
 * there. That it is one, its events prove when it is taken over.
 */
async function holdsCopy(settings: Settings): Promise<boolean> {
  try {
    await locateLive(settings);
    return false;
  } catch (error) {
    if (error instanceof ForeignDatabaseError) return true;
    // Closed for a rename by a run that was killed.
    if (error instanceof DatabaseConnectionError && error.reason === 'refused') return true;
    throw error;
  }
}

function isDown(error: unknown): boolean {
  return error instanceof DatabaseConnectionError && error.reason === 'unreachable';
}
