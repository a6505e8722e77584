import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * A process that others can look for: its id alone would be taken for a later process that got the same one.
 */
export interface ProcessIdentity {
  /** For people. */
  readonly host: string;
  /**
   * Machine, boot and pid namespace: outside of them a pid means nothing. Empty where
   * the system does not tell.
   */
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
 * 'unknown' where it cannot be seen from here: another machine, another boot of this one, or another
 * container's pid namespace. Names of hosts decide nothing: two machines may bear one name, and clones do.
 */
export function processFate(identity: ProcessIdentity, probe: ProcessProbe): 'alive' | 'dead' | 'unknown' {
  if (identity.machine === '' || identity.machine !== probe.machine) return 'unknown';
  return probe.processStart(identity.pid) === identity.processStart ? 'alive' : 'dead';
}

/** Machine, boot and pid namespace in one text; empty where the system does not tell them. */
function machineIdentity(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${machineId()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return bootSession();
  }
}

/** machine-id(5); containers and small images have none. */
function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '-';
  }
}

/** macOS has no /proc, but names each of its boots. */
function bootSession(): string {
  try {
    return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], {
      encoding: 'utf8',
      timeout: 2_000,
    }).trim();
  } catch {
    return '';
  }
}

function processStart(pid: number): string | undefined {
  try {
    // proc(5): the command stands in parentheses and may hold any character; state is the first field after
    // it, starttime the twentieth.
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
