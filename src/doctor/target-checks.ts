import type { Manifest } from '../manifest/manifest.ts';
import { checkTarget } from '../recovery/restore/target-server.ts';
import { gigabytes } from '../retention/disk-plan.ts';
import { postgresText } from './database-checks.ts';
import { type DoctorCheck, notChecked, ok } from './doctor-report.ts';
import { checkOfError, type Look } from './look.ts';
import type { RecoveryServerFacts } from './look-at-database.ts';

/**
 * The server that a recovery builds on. Pure.
 * @param wanted.strategy how backups take their baseline
 */
export function targetChecks(
  target: Look<RecoveryServerFacts>,
  {
    server: wanted,
    strategy,
  }: { readonly server: Manifest['server'] | undefined; readonly strategy: string },
): DoctorCheck[] {
  const name = 'recovery server';
  if ('error' in target) return [checkOfError(name, target.error)];
  const { where, facts, url } = target.seen;
  const roleOnly = superuserCheck(target.seen, strategy);
  if (wanted === undefined) {
    return [
      roleOnly,
      notChecked(name, 'neither the live database nor a backup says which versions are needed'),
    ];
  }
  try {
    // The role has a check of its own.
    checkTarget(facts, wanted, url, 'owner');
  } catch (error) {
    return [roleOnly, checkOfError(name, error)];
  }
  const fact = `${where}: PostgreSQL ${postgresText(facts.postgresVersion)} can hold a database of TimescaleDB ${wanted.timescaledbVersion}`;
  return [roleOnly, ok(name, fact)];
}

function superuserCheck({ facts, where }: RecoveryServerFacts, strategy: string): DoctorCheck {
  const name = 'recovery role';
  if (facts.superuser) return ok(name, `${facts.user} on ${where} is a superuser`);
  if (strategy === 'timescale-cloud') {
    const fork = 'enough for a recovery from a fork (--from volumes), not for one from a dump';
    return ok(name, `${facts.user} on ${where} is no superuser: ${fork}`);
  }
  return {
    name,
    outcome: 'failed',
    fact: `${facts.user} on ${where} is no superuser: backups work, a recovery does not`,
    hint: "TimescaleDB's restore needs one: make it, and name it in MSR_TARGET_DATABASE_URL",
    commands: [`CREATE ROLE msr_recovery LOGIN SUPERUSER PASSWORD '…';`],
  };
}

/** `98 GB free`, or that nobody can tell. */
export function freeText(bytes: number | undefined): string {
  return bytes === undefined ? 'free space not known' : `${gigabytes(bytes)} free`;
}
