/** How far a long step is, in its own unit. */
export interface ProgressUpdate {
  /** What is being done, in the words of the design: 'dump', 'restore data', 'replay'. */
  readonly activity: string;
  readonly done: number;
  /** Absent where it cannot be known. */
  readonly total?: number;
  readonly unit: 'bytes' | 'events' | 'rows' | 'steps';
}

/**
 * Where steps report. The terminal draws rate and estimate from the updates; the vault keeps the latest for
 * whoever watches from elsewhere; tests collect them.
 */
export interface Progress {
  /** A step begins or ends, or something an operator should know happened: one line, no secrets. */
  note(message: string): void;
  update(update: ProgressUpdate): void;
}

export const silentProgress: Progress = { note: () => {}, update: () => {} };
