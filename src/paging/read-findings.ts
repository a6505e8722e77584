import type { Environment } from '../core/environment.ts';
import { alarmName, HEALTH_ALARMS } from '../health/alarms.ts';
import { readHealthStatus } from '../health/status/write-status.ts';
import { withinLimit } from '../health/within-limit.ts';
import { openVault } from '../vault/open-vault.ts';
import { type Findings, withFindings } from './findings.ts';
import type { Notice } from './notice.ts';
import { PagingVariable } from './paging-environment.ts';

/** A page waits for no more: what was found stands on the status page, too. */
const READ_MS = 8_000;

/**
 * The notice of an instance's alarm with what its newest health run has found; any other one as it is. A page
 * goes out whatever keeps that from being read.
 */
export async function noticeWithFindings(notice: Notice, env: Environment): Promise<Notice> {
  try {
    const about = instanceOf(notice.key, env);
    if (about === undefined) return notice;
    return withFindings(notice, about.rung, await readFindings(about.vaultUrl));
  } catch (error) {
    return withFindings(notice, '', { notRead: error instanceof Error ? error.message : String(error) });
  }
}

async function readFindings(vaultUrl: string): Promise<Findings> {
  const status = await withinLimit(READ_MS, AbortSignal.timeout(READ_MS), () =>
    readHealthStatus(openVault(vaultUrl)),
  );
  return status ?? { notRead: 'no health run has left anything' };
}

const RUNGS = new Set(HEALTH_ALARMS.map(alarmName));

/** Whose alarm it is, by its name. One instance's name may begin with another's: `az` and `az-health`. */
function instanceOf(alarm: string, env: Environment) {
  const stage = env[PagingVariable.stage] ?? '';
  const fitting = (env[PagingVariable.instances] ?? '')
    .split(',')
    .filter((name) => name !== '' && alarm.startsWith(`msr-${stage}-${name}-`))
    .map((name) => ({
      rung: alarm.slice(`msr-${stage}-${name}-`.length),
      vaultUrl: (env[PagingVariable.vault] ?? '').replace('{instance}', name),
    }))
    .sort((a, b) => a.rung.length - b.rung.length);
  return fitting.find(({ rung }) => RUNGS.has(rung)) ?? fitting[0];
}
