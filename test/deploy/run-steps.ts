/** What a step of the test took. */
export interface StepTime {
  readonly name: string;
  readonly seconds: number;
}

/** Says what it is about to do, so that nobody waits before a silent screen, and keeps the time. */
export class Steps {
  readonly taken: StepTime[] = [];
  readonly #started = performance.now();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  say(message: string): void {
    console.error(
      `deploy: ${((performance.now() - this.#started) / 1000).toFixed(0).padStart(3)} s  ${message}`,
    );
  }

  /** @throws what the work throws, and the reason of an interruption */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    this.say(`${name} …`);
    const started = performance.now();
    const result = await Promise.race([work(), this.#interruption()]);
    this.taken.push({ name, seconds: (performance.now() - started) / 1000 });
    return result;
  }

  #interruption(): Promise<never> {
    return new Promise((_, reject) => {
      const fail = () => reject(this.#signal.reason);
      if (this.#signal.aborted) fail();
      else this.#signal.addEventListener('abort', fail, { once: true });
    });
  }
}

/** What must be undone at the end, the last first, whatever has failed. */
export class Cleanup {
  readonly #undo: Array<{ what: string; work: () => Promise<unknown> }> = [];

  add(what: string, work: () => Promise<unknown>): void {
    this.#undo.push({ what, work });
  }

  async run(): Promise<void> {
    for (const { what, work } of this.#undo.splice(0).reverse()) {
      await work().catch((error: unknown) => console.error(`deploy: ${what} failed: ${error}`));
    }
  }
}

/** A claim that the test makes; what does not hold is told with its facts at the end. */
export class Checks {
  readonly passed: string[] = [];
  readonly failed: string[] = [];

  /** @param facts what was met instead, where it does not hold */
  expect(holds: boolean, claim: string, facts: unknown): void {
    if (holds) this.passed.push(claim);
    else this.failed.push(`${claim}: ${typeof facts === 'string' ? facts : JSON.stringify(facts)}`);
    console.error(`deploy:        ${holds ? 'ok  ' : 'FAIL'} ${claim}`);
  }

  /** For a claim without which nothing that follows says anything. @throws Error where it does not hold */
  require(holds: boolean, claim: string, facts: unknown): void {
    this.expect(holds, claim, facts);
    if (!holds) throw new Error('the rest was not tried');
  }
}
