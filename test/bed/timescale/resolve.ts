import { OperatorError } from '../../../src/core/operator-error.ts';
import { succeeds } from '../run.ts';
import { startInTrixieRoot } from './chroot.ts';
import { DOCKER_IMAGE, startInDocker } from './docker.ts';
import { useGiven } from './given.ts';
import { findLocalTimescale, startLocal } from './local.ts';
import type { TimescaleServer } from './server.ts';

/** What this machine offers, in the order of preference. */
export interface Offers {
  readonly databaseUrl: string | undefined;
  readonly docker: boolean;
  /** The programs' directory of a local PostgreSQL with TimescaleDB. */
  readonly localBin: string | undefined;
}

export type Choice =
  | { readonly kind: 'given'; readonly url: string; readonly why: string }
  | { readonly kind: 'docker'; readonly why: string }
  | { readonly kind: 'local'; readonly bin: string; readonly why: string }
  | { readonly kind: 'trixie'; readonly why: string };

/**
 * Which TimescaleDB the bed uses, and why, in words that are printed.
 * @throws OperatorError where MSR_BED_DATABASE_URL is not the URL of a PostgreSQL server
 */
export function chooseTimescale({ databaseUrl, docker, localBin }: Offers): Choice {
  if (databaseUrl !== undefined) {
    const why = `the server at ${serverOf(databaseUrl)}, because MSR_BED_DATABASE_URL is set`;
    return { kind: 'given', url: databaseUrl, why };
  }
  const unset = 'MSR_BED_DATABASE_URL is not set';
  if (docker)
    return { kind: 'docker', why: `${DOCKER_IMAGE} in Docker, because ${unset} and Docker answers` };
  const noDocker = `${unset}, no Docker engine answers`;
  if (localBin !== undefined) {
    return { kind: 'local', bin: localBin, why: `PostgreSQL in ${localBin}, because ${noDocker}` };
  }
  const why = `a Debian trixie root, because ${noDocker} and no local PostgreSQL has TimescaleDB`;
  return { kind: 'trixie', why };
}

/** The value is not repeated in the error: it may hold a password. */
function serverOf(databaseUrl: string): string {
  if (URL.canParse(databaseUrl) && /^postgres(ql)?:/.test(databaseUrl)) return new URL(databaseUrl).host;
  throw new OperatorError('MSR_BED_DATABASE_URL is not a URL of a PostgreSQL server', {
    hint: 'write it as postgres://superuser:password@host:port/postgres',
  });
}

/** Starts the TimescaleDB of the choice; a server that was given is only used. */
export async function startTimescale(dir: string): Promise<TimescaleServer> {
  const databaseUrl = process.env['MSR_BED_DATABASE_URL'];
  const docker = databaseUrl === undefined && (await succeeds('docker', ['info']));
  const localBin = databaseUrl === undefined && !docker ? await findLocalTimescale() : undefined;
  const choice = chooseTimescale({ databaseUrl, docker, localBin });
  console.error(`bed: TimescaleDB is ${choice.why}`);
  switch (choice.kind) {
    case 'given':
      return useGiven(choice.url, choice.why);
    case 'docker':
      return startInDocker(dir, choice.why);
    case 'local':
      return startLocal(choice.bin, dir, choice.why);
    case 'trixie':
      return startInTrixieRoot(dir, choice.why);
  }
}
