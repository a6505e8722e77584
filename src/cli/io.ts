import type { Writable } from 'node:stream';
import type { Environment } from '../core/environment.ts';

/** What the command line has to do with the world; tests give their own. */
export interface CommandIo {
  readonly env: Environment;
  readonly stdout: Writable;
  readonly stderr: Writable | NodeJS.WriteStream;
  /** Asks a question on the terminal; undefined where nobody can answer. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}
