import type { RecoveryContext } from '../context.ts';

export interface Step {
  readonly name: string;
  readonly seconds: number;
}

export interface Stopwatch {
  readonly steps: readonly Step[];
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Tells each step as it begins, keeps how long it took, and stops between two steps where it is cancelled.
 */
export function stopwatch({ progress, signal }: Pick<RecoveryContext, 'progress' | 'signal'>): Stopwatch {
  const steps: Step[] = [];
  return {
    steps,
    step: async (name, work) => {
      signal.throwIfAborted();
      progress.note(name);
      const began = performance.now();
      const result = await work();
      steps.push({ name, seconds: (performance.now() - began) / 1000 });
      return result;
    },
  };
}
