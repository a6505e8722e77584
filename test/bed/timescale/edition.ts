export type Edition = 'apache' | 'community';

/**
 * The edition by `SHOW timescaledb.license`.
 * @throws Error for a licence that TimescaleDB has not had so far
 */
export function editionOf(license: string): Edition {
  if (license === 'apache') return 'apache';
  if (license === 'timescale') return 'community';
  throw new Error(`timescaledb.license is '${license}', neither 'apache' nor 'timescale'`);
}

/** What the Apache edition lacks, so that reports can say what was not run. */
export const NOT_IN_APACHE = [
  'continuous aggregate refresh',
  'columnstore (compressed chunks)',
  'background jobs and their pausing',
  'the lock race between a dump and compression',
] as const;
