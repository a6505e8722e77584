const FLAG = '--ignore-maintenance';

/** A backup of the tests does not depend on the time of day: MSR's maintenance is due at 03:00 UTC. */
export function atAnyTime(args: readonly string[]): string[] {
  return args[0] === 'backup' && !args.includes(FLAG) ? [...args, FLAG] : [...args];
}
