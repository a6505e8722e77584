import type { WrongDate } from '../manifest/catalogue.ts';
import { cutText } from '../manifest/manifest.ts';
import { DAY_MS, HOUR_MS } from '../retention/frequency.ts';
import { days } from '../retention/kafka-retention.ts';
import { type DoctorCheck, ok } from './doctor-report.ts';
import { checkOfError, type Look } from './look.ts';
import type { VaultFacts } from './look-at-vault.ts';
import { freeText } from './target-checks.ts';

/** What decides whether the newest backup is as new as it should be. */
export interface ExpectedBackups {
  /** Between two of them. */
  readonly intervalMs: number;
  /** The time from a cut until its backup exists. */
  readonly backupMs: number;
  readonly now: Date;
}

/** The vault, and whether a recovery would find a backup in it. Pure. */
export function vaultChecks(vault: Look<VaultFacts>, expected: ExpectedBackups): DoctorCheck[] {
  if ('error' in vault) return [checkOfError('vault', vault.error)];
  return [writableCheck(vault.seen), newestCheck(vault.seen, expected)];
}

function writableCheck({ url, writable, freeBytes }: VaultFacts): DoctorCheck {
  if ('error' in writable) return checkOfError('vault', writable.error);
  return ok('vault', `${url} can be written, ${freeText('seen' in freeBytes ? freeBytes.seen : undefined)}`);
}

/** How much later than the one before it a backup may begin: it waits for the maintenance. */
const LATE_MS = 2 * HOUR_MS;

/** How old the newest backup may be, in milliseconds. Pure. */
export function latestBackupMs({
  intervalMs,
  backupMs,
}: Pick<ExpectedBackups, 'intervalMs' | 'backupMs'>): number {
  return intervalMs + backupMs + LATE_MS;
}

const SET_THE_CLOCK = 'set the clock of the host that takes backups (NTP), and take another one';

/** Where nobody knows: no date, whose age is no number. */
export function believedTakenAt(
  { cut }: { readonly cut: { readonly takenAt: string } },
  wrongDate: WrongDate | undefined,
): string {
  return wrongDate === undefined ? cut.takenAt : (wrongDate.believed ?? '');
}

/** A clause. */
export function describeWrongDate({ takenAt, believed }: WrongDate): string {
  const known = believed === undefined ? 'nobody knows when it was taken' : `it was taken after ${believed}`;
  return `it is dated into the future (${takenAt}): ${known}`;
}

function newestCheck(
  { newest, url }: VaultFacts,
  { intervalMs, backupMs, now }: ExpectedBackups,
): DoctorCheck {
  const name = 'newest backup';
  if ('error' in newest) return checkOfError(name, newest.error);
  const { manifest, passedOver, wrongDate } = newest.seen;
  const bad = passedOver.length === 0 ? '' : `; not usable: ${passedOver.join('; ')}`;
  if (manifest === undefined) {
    return {
      name,
      outcome: passedOver.length === 0 ? 'warning' : 'failed',
      fact: `there is no usable backup in ${url}${bad}`,
      hint: 'take one with `msr backup`: until then a lost database is lost',
    };
  }
  const age = now.getTime() - Date.parse(believedTakenAt(manifest, wrongDate));
  const dated = wrongDate === undefined ? '' : `; ${describeWrongDate(wrongDate)}`;
  const old = Number.isNaN(age) ? 'of unknown age' : `${days(age)} old`;
  const fact = `${manifest.id}, ${old}, ${cutText(manifest.cut)}${dated}${bad}`;
  if (Number.isNaN(age)) return { name, outcome: 'failed', fact, hint: SET_THE_CLOCK };
  if (age > latestBackupMs({ intervalMs, backupMs })) {
    const hint = `one was due ${days(age - intervalMs)} ago: see why the schedule did not take it, or run \`msr backup\``;
    return {
      name,
      outcome: age > 2 * Math.max(intervalMs, DAY_MS) + backupMs ? 'failed' : 'warning',
      fact,
      hint,
    };
  }
  if (wrongDate !== undefined) return { name, outcome: 'warning', fact, hint: SET_THE_CLOCK };
  if (bad === '') return ok(name, fact);
  return {
    name,
    outcome: 'warning',
    fact,
    hint: '`msr backups verify` tells more of those that are not usable',
  };
}
