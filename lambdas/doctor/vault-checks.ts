import { DAY_MS, type FrequencyRow, HOUR_MS } from '../retention/frequency.ts';
import { days } from '../retention/kafka-retention.ts';
import { type DoctorCheck, ok } from './doctor-report.ts';
import { checkOfError, type Look } from './look.ts';
import type { VaultFacts } from './look-at-vault.ts';
import { freeText } from './target-checks.ts';

/** The vault, and whether a recovery would find a backup in it. Pure. */
export function vaultChecks(vault: Look<VaultFacts>, frequency: FrequencyRow, now: Date): DoctorCheck[] {
  if ('error' in vault) return [checkOfError('vault', vault.error)];
  return [writableCheck(vault.seen), newestCheck(vault.seen, frequency, now)];
}

function writableCheck({ url, writable, freeBytes }: VaultFacts): DoctorCheck {
  if ('error' in writable) return checkOfError('vault', writable.error);
  return ok('vault', `${url} can be written, ${freeText('seen' in freeBytes ? freeBytes.seen : undefined)}`);
}

/** How long after its time a backup may exist: it waits for the maintenance, and a dump takes a while. */
const LATE_MS = 2 * HOUR_MS;

function newestCheck({ newest, url }: VaultFacts, { intervalMs }: FrequencyRow, now: Date): DoctorCheck {
  const name = 'newest backup';
  if ('error' in newest) return checkOfError(name, newest.error);
  const { manifest, passedOver } = newest.seen;
  const bad = passedOver.length === 0 ? '' : `; not usable: ${passedOver.join('; ')}`;
  if (manifest === undefined) {
    return {
      name,
      outcome: passedOver.length === 0 ? 'warning' : 'failed',
      fact: `there is no usable backup in ${url}${bad}`,
      hint: 'take one with `msr backup`: until then a lost database is lost',
    };
  }
  const age = now.getTime() - Date.parse(manifest.cut.takenAt);
  const fact = `${manifest.id}, ${days(age)} old, ${manifest.cut.exact ? 'exact' : 'inexact'}${bad}`;
  if (age > intervalMs + LATE_MS) {
    const hint = `one was due ${days(age - intervalMs)} ago: see why the schedule did not take it, or run \`msr backup\``;
    return { name, outcome: age > 2 * Math.max(intervalMs, DAY_MS) ? 'failed' : 'warning', fact, hint };
  }
  if (bad === '') return ok(name, fact);
  return {
    name,
    outcome: 'warning',
    fact,
    hint: '`msr backups verify` tells more of those that are not usable',
  };
}
