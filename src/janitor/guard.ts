import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '../core/operator-error.ts';
import { localProbe, type ProcessProbe, processFate } from '../core/process-identity.ts';
import type { Progress } from '../core/progress.ts';
import { readFreeze } from '../freeze/freeze-record.ts';
import { writeGuardMark } from '../freeze/guard-mark.ts';
import type { ResumeDeps } from '../freeze/resume.ts';
import { recoverStaleFreeze } from '../freeze/stale-freeze.ts';
import { LockHeldError, withLock } from '../vault/lock.ts';
import { tellWatch, type WatchOptions } from '../vault/lock-watch.ts';

export interface GuardOptions {
  /** Opens settings and clients; called again after a failure, since a password may have been rotated. */
  readonly open: () => Promise<ResumeDeps>;
  readonly progress: Progress;
  /** Ends the guard; a resume that is under way ends first. */
  readonly signal: AbortSignal;
  /** Between two looks, in milliseconds. @default 10_000 */
  readonly lookMs?: number;
  /** How the owner of a freeze is looked at. @default as everywhere */
  readonly watch?: Pick<WatchOptions, 'leaseMs' | 'lookMs' | 'probe'>;
  /** Looks once and ends. @default false */
  readonly once?: boolean;
}

/** Also how often the guard shows that it lives. */
const GUARD_LOOK_MS = 10_000;

/**
 * Watches over one sink until it is told to end: where a backup or a recovery has stopped it and died with
 * its guardian (a container that was killed, a power cut), it is resumed by the rule of resume-decision.ts.
 * Whoever holds the lock of all operations and lives is left alone. What fails is told and tried again.
 * @returns how often the sink was resumed
 * @throws what `open` throws at first, and with `once` whatever fails
 */
export async function guardSink(options: GuardOptions): Promise<number> {
  const { open, progress, signal, lookMs = GUARD_LOOK_MS, once = false } = options;
  let deps = await open();
  let resumed = 0;
  const say = onlyNews(progress);
  const stopMarking = once ? () => {} : await showLife(() => deps, lookMs);
  try {
    while (!signal.aborted) {
      try {
        if (await lookOnce(deps, options)) resumed += 1;
        say('');
      } catch (error) {
        if (signal.aborted) break;
        if (once) throw error;
        say(describeError(error));
        deps = await open().catch(() => deps);
      }
      if (once) break;
      await pause(lookMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    stopMarking();
  }
  return resumed;
}

/** A fault that lasts is told once, not every ten seconds. */
function onlyNews({ note }: Progress): (message: string) => void {
  let last = '';
  return (message) => {
    if (message !== '' && message !== last) note(message);
    last = message;
  };
}

/** By a timer of its own: watching a lock takes minutes. The vault may be away for a while. */
async function showLife(deps: () => ResumeDeps, everyMs: number): Promise<() => void> {
  let renewals = 0;
  const mark = async () => {
    const { vault, settings } = deps();
    renewals += 1;
    await writeGuardMark(vault, settings.sinkConnector, renewals);
  };
  // The first one is waited for: a vault that cannot be written is no place to watch over.
  await mark();
  const timer = setInterval(() => void mark().catch(() => {}), everyMs);
  return () => clearInterval(timer);
}

/** @returns whether the freeze of somebody dead was ended */
async function lookOnce(deps: ResumeDeps, { signal, watch = {} }: GuardOptions): Promise<boolean> {
  const connector = deps.settings.sinkConnector;
  const freeze = await readFreeze(deps.vault, connector);
  if (freeze === undefined || isAlive(freeze.record.process, watch.probe)) return false;
  const onWatch = tellWatch(deps.progress);
  try {
    return await withLock(deps.vault, { purpose: 'cleanup', signal, onWatch, ...watch }, async (lock) => {
      if ((await readFreeze(deps.vault, connector))?.record.id !== freeze.record.id) return false;
      await lock.assertHeld();
      await recoverStaleFreeze(deps, connector);
      deps.progress.note(`${connector} was left frozen by ${freeze.record.owner}: its freeze is ended`);
      return true;
    });
  } catch (error) {
    // An operation that lives answers for the sink itself.
    if (error instanceof LockHeldError) return false;
    throw error;
  }
}

function isAlive(identity: Parameters<typeof processFate>[0], probe: ProcessProbe = localProbe): boolean {
  return processFate(identity, probe) === 'alive';
}
