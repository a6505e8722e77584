import { type Activity, describeActivity, observe } from '../../core/activity.ts';
import type { Progress, ProgressUpdate } from '../../core/progress.ts';
import { redact } from '../../core/redact.ts';
import type { Vault } from '../../vault/vault.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import { type ProgressDocument, progressSchema } from './progress-document.ts';
import { writeProgressPage } from './write-progress-page.ts';

/** Between two writes, in milliseconds: who watches from elsewhere looks no more often. */
const WRITE_INTERVAL_MS = 3_000;
const KEPT_NOTES = 20;

/**
 * Keeps the latest progress of a recovery in the vault, as a document and as a page, for whoever
 * watches from elsewhere. A vault that refuses is no reason to stop: what it must hold is written, and
 * checked, by the steps themselves.
 */
export function vaultProgress(vault: Vault, recoveryId: string): Progress {
  const said = new LatestProgress();
  let busy = false;
  let changed = false;
  let known = false;
  const write = async (): Promise<void> => {
    changed = false;
    // Each task of a recovery goes on with what the ones before have seen.
    if (!known) said.goOn(await earlier(vault, recoveryId));
    known = true;
    await writeRecoveryDocument(vault, recoveryId, 'progress', said.document()).catch(() => {});
    await writeProgressPage(vault, recoveryId);
    // What came meanwhile is written even if nothing else follows: a long step's
    // first words are its only ones.
    setTimeout(() => {
      busy = false;
      if (changed) tell();
    }, WRITE_INTERVAL_MS).unref();
  };
  const tell = (): void => {
    changed = true;
    if (busy) return;
    busy = true;
    void write();
  };
  return {
    note: (message) => {
      said.note(message);
      tell();
    },
    update: (update) => {
      said.update(update);
      tell();
    },
  };
}

async function earlier(vault: Vault, recoveryId: string): Promise<Behind> {
  try {
    return (await readRecoveryDocument(vault, recoveryId, 'progress', progressSchema))?.behind ?? [];
  } catch {
    // A picture of the past is no reason to stop.
    return [];
  }
}

/** Looks at how far the replay is behind that are kept; half of them go where there are more. */
const MOST_LOOKS = 240;

type Behind = NonNullable<ProgressDocument['behind']>;

/** What a watcher is shown: the last notes, and what runs now with its rate and estimate. */
class LatestProgress {
  readonly #notes: string[] = [];
  #latest: ProgressUpdate | undefined;
  #activity: Activity | undefined;
  #behind: Behind = [];

  goOn(behind: Behind): void {
    this.#behind = [...behind, ...this.#behind];
  }

  note(message: string): void {
    this.#notes.push(`${new Date().toISOString()} ${redact(message)}`);
    if (this.#notes.length > KEPT_NOTES) this.#notes.shift();
    // A step that begins makes the figures of the one before it old.
    this.#latest = undefined;
    this.#activity = undefined;
  }

  update(latest: ProgressUpdate): void {
    this.#latest = latest;
  }

  #lookBehind(at: string, { done, total }: ProgressUpdate): void {
    if (total === undefined) return;
    this.#behind.push({ at, left: Math.max(0, total - done) });
    if (this.#behind.length > MOST_LOOKS) this.#behind = this.#behind.filter((_, i) => i % 2 === 0);
  }

  /** Observes at each write alone: updates come many times a second. */
  document(): ProgressDocument {
    const notes = [...this.#notes];
    const at = new Date().toISOString();
    if (this.#latest?.activity === 'replay') this.#lookBehind(at, this.#latest);
    const behind = this.#behind;
    if (this.#latest === undefined) return { at, notes, behind };
    const known = this.#activity?.latest.activity === this.#latest.activity ? this.#activity : undefined;
    const now = performance.now();
    this.#activity = observe(known, this.#latest, now);
    return { at, notes, behind, latest: this.#latest, activity: describeActivity(this.#activity, now) };
  }
}

/** Tells both, the first one first. */
export function bothProgress(first: Progress, second: Progress): Progress {
  return {
    note: (message) => {
      first.note(message);
      second.note(message);
    },
    update: (update) => {
      first.update(update);
      second.update(update);
    },
  };
}
