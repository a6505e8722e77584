import { checkToolVersion, type PgProgram, pgToolVersion } from '../clients/pg-tools.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { type DoctorCheck, notChecked, ok } from './doctor-report.ts';
import { checkOfError, type Look, look } from './look.ts';

/** PostgreSQL's programs on this machine, by name; undefined where tasks in another image run them. */
export type ProgramFacts = Readonly<Record<PgProgram, Look<string>>> | undefined;

export async function lookAtPrograms(pgBin: string | undefined, signal: AbortSignal): Promise<ProgramFacts> {
  const version = (program: PgProgram) => look(() => pgToolVersion(program, { pgBin, signal }));
  const [pg_dump, pg_restore] = await Promise.all([version('pg_dump'), version('pg_restore')]);
  return { pg_dump, pg_restore };
}

/** Whether they are there and not older than the server. Pure. */
export function programChecks(programs: ProgramFacts, server: Manifest['server'] | undefined): DoctorCheck[] {
  if (programs === undefined) {
    return [notChecked('pg_dump and pg_restore', "they are in the tasks' image, not here")];
  }
  return [
    programCheck('pg_dump', programs.pg_dump, server),
    programCheck('pg_restore', programs.pg_restore, server),
  ];
}

function programCheck(
  program: PgProgram,
  version: Look<string>,
  server: Manifest['server'] | undefined,
): DoctorCheck {
  if ('error' in version) return checkOfError(program, version.error);
  if (server === undefined) return ok(program, `version ${version.seen}; the server's is not known`);
  try {
    checkToolVersion(program, version.seen, server.postgresVersion);
    return ok(program, `version ${version.seen}`);
  } catch (error) {
    return checkOfError(program, error);
  }
}
