import { poll } from '../core/poll.ts';
import { type GuardMark, readGuardMark } from '../freeze/guard-mark.ts';
import type { Vault } from '../vault/vault.ts';
import { type DoctorCheck, ok } from './doctor-report.ts';
import { checkOfError, type Look } from './look.ts';

/** none: no guard has ever run · alive, silent: what was seen of the last one. */
export type GuardFacts =
  | { readonly state: 'none' }
  | { readonly state: 'alive' | 'silent'; readonly host: string; readonly renewedAt: string };

/** Longer than a guard takes between two marks. */
const WATCH_MS = 25_000;

/** One on another machine, or in another container, is watched until it shows that it lives. */
export async function lookAtGuard(
  vault: Vault,
  connector: string,
  watch: { readonly forMs?: number; readonly everyMs?: number } = {},
): Promise<GuardFacts> {
  const mark = await readGuardMark(vault, connector);
  if (mark === undefined) return { state: 'none' };
  const { host, renewedAt } = mark;
  return { state: (await lives(vault, connector, mark, watch)) ? 'alive' : 'silent', host, renewedAt };
}

async function lives(
  vault: Vault,
  connector: string,
  { fate, etag }: GuardMark,
  { forMs = WATCH_MS, everyMs = 1000 }: { readonly forMs?: number; readonly everyMs?: number },
): Promise<boolean> {
  if (fate !== 'unknown') return fate === 'alive';
  const changed = async () => {
    const now = await readGuardMark(vault, connector);
    return now !== undefined && now.etag !== etag ? true : undefined;
  };
  return (await poll(changed, { deadlineMs: forMs, intervalMs: everyMs })) ?? false;
}

const NAME = 'guard';
const HOW = 'run `msr guard` as a service beside backups and recoveries (docs/guard.md)';

/**
 * Who resumes the sink where the process that stopped it dies together with its guardian. Pure.
 * @param guard undefined: there is nothing to look at, since schedules of AWS do it
 */
export function guardChecks(guard: Look<GuardFacts> | undefined): DoctorCheck[] {
  if (guard === undefined) return [];
  if ('error' in guard) return [checkOfError(NAME, guard.error)];
  const { seen } = guard;
  if (seen.state === 'alive') return [ok(NAME, `msr guard watches over the sink on ${seen.host}`)];
  const what =
    'after docker kill, an end of the memory or a power cut the sink stays stopped until the next command';
  const fact =
    seen.state === 'none'
      ? `no msr guard runs: ${what}`
      : `msr guard on ${seen.host} is silent since ${seen.renewedAt}: ${what}`;
  const hint = seen.state === 'none' ? HOW : `start it again, with a policy that does: ${HOW}`;
  return [{ name: NAME, outcome: 'warning', fact, hint }];
}
