import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process that others can look for: its id alone would be taken for a later process that got the same one. */
export interface ProcessIdentity {
  readonly host: string;
  /** Boot and pid namespace: outside of them a pid means nothing. Empty where the system does not tell. */
  readonly machine: string;
  readonly pid: number;
  /** When it started, in clock ticks since boot (proc(5)); empty where the system does not tell. */
  readonly processStart: string;
}

/** What is known of a process by looking; a seam for the tests of decisions. */
export interface ProcessProbe {
  readonly host: string;
  readonly machine: string;
  /** undefined: no such process, or it is dead and only waits to be reaped. */
  processStart(pid: number): string | undefined;
}

export const localProbe: ProcessProbe = { host: hostname(), machine: machineIdentity(), processStart };

/** @param pid of a process that runs on this machine; this one by default */
export function processIdentity(pid: number = process.pid): ProcessIdentity {
  return {
    host: localProbe.host,
    machine: localProbe.machine,
    pid,
    processStart: processStart(pid) ?? '',
  };
}

/**
 * 'unknown' where it cannot be seen from here: another host, or another container's pid namespace.
 * A host of the same name that was started again since is known to have lost the process.
 */
export function processFate(identity: ProcessIdentity, probe: ProcessProbe): 'alive' | 'dead' | 'unknown' {
  if (identity.host !== probe.host) return 'unknown';
  if (identity.machine === probe.machine) {
    return probe.processStart(identity.pid) === identity.processStart ? 'alive' : 'dead';
  }
  return bootOf(identity.machine) === bootOf(probe.machine) ? 'unknown' : 'dead';
}

function bootOf(machine: string): string | undefined {
  return machine.split(' ')[0];
}

function machineIdentity(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Not Linux: pids of one host are compared as they are.
    return '';
  }
}

function processStart(pid: number): string | undefined {
  try {
    // proc(5): the command stands in parentheses and may hold any character; state is the first field after it,
    // starttime the twentieth.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? undefined : fields[19];
  } catch {
    return localSignalAnswers(pid) ? '' : undefined;
  }
}

/** Without /proc: whether a process of that id exists at all. */
function localSignalAnswers(pid: number): boolean {
  if (process.platform === 'linux') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
