import type { Progress, ProgressUpdate } from '../progress.ts';
import type { Vault } from '../vault/vault.ts';
import { writeRecoveryDocument } from './documents.ts';

/** Between two writes, in milliseconds: who watches from elsewhere looks no more often. */
const WRITE_INTERVAL_MS = 3_000;
const KEPT_NOTES = 20;

/**
 * Keeps the latest progress of a recovery in the vault, for whoever watches from elsewhere. A vault that refuses is
 * no reason to stop: what it must hold is written, and checked, by the steps themselves.
 */
export function vaultProgress(vault: Vault, recoveryId: string): Progress {
  const notes: string[] = [];
  let latest: ProgressUpdate | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let writing = false;
  const write = async (): Promise<void> => {
    if (writing || performance.now() - writtenAt < WRITE_INTERVAL_MS) return;
    writing = true;
    writtenAt = performance.now();
    const document = { at: new Date().toISOString(), notes, latest };
    await writeRecoveryDocument(vault, recoveryId, 'progress', document).catch(() => {});
    writing = false;
  };
  return {
    note: (message) => {
      notes.push(`${new Date().toISOString()} ${message}`);
      if (notes.length > KEPT_NOTES) notes.shift();
      // A step that begins makes the figures of the one before it old.
      latest = undefined;
      void write();
    },
    update: (update) => {
      latest = update;
      void write();
    },
  };
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
