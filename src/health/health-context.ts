import type { Environment } from '../core/environment.ts';
import { type DoctorSettings, readDoctorSettings } from '../doctor/doctor-context.ts';
import { whereItIs } from '../doctor/gather.ts';
import type { Look } from '../doctor/look.ts';
import type { ConnectFacts } from '../doctor/look-at-connect.ts';
import { lookAtConnect } from '../doctor/look-at-connect.ts';
import type { Vault } from '../vault/vault.ts';
import type { JudgeContext } from './judgement.ts';
import { type DatabaseHealth, lookAtDatabaseHealth } from './look-at-database.ts';

/** What the checks of one run look at; each is looked at once, whoever asks first. */
interface Looks {
  connect(): Promise<ConnectFacts>;
  database(): Promise<DatabaseHealth>;
}

/** What a check works with. */
export interface HealthContext extends JudgeContext {
  readonly env: Environment;
  readonly settings: DoctorSettings;
  readonly vault: Vault;
  readonly looks: Looks;
  /** Whether backups and recoveries run on this machine. */
  readonly runsHere: boolean;
}

export async function openHealthContext(
  { env, vault, runsHere }: Pick<HealthContext, 'env' | 'vault' | 'runsHere'>,
  judge: JudgeContext,
): Promise<HealthContext> {
  const settings = await readDoctorSettings(env);
  const looks: Looks = {
    connect: once(async () => lookAtConnect(given(settings.connect))),
    database: once(async () => lookAtDatabaseHealth(await whereItIs(settings, given(settings.database)))),
  };
  return { ...judge, env, vault, settings, looks, runsHere };
}

/** @throws what kept a setting from being read */
function given<T>(setting: Look<T>): T {
  if ('error' in setting) throw setting.error;
  return setting.seen;
}

/** The first call's answer, or its error, for all. */
function once<T>(question: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= question();
    // Whoever asks gets the error; one that nobody waits for any more must not end the process.
    answer.catch(() => {});
    return answer;
  };
}
