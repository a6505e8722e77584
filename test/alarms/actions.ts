import type { AlarmState } from './metric-alarm.ts';

interface Suppression {
  /** Minutes. */
  readonly wait: number;
  readonly extension: number;
}

/**
 * When an alarm acts on its state, one of these for each alarm: at every change, or where it has a suppressor
 * as
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
 * says. A change waits for the suppressor for the wait period. While the suppressor is in ALARM nothing
 * is done, and after it for the extension period. Then the alarm acts for the state that it is in, once.
 * That a state which came and went meanwhile is not acted upon is how the page is read here.
 */
export class ActionTaker {
  readonly #suppression: Suppression | undefined;
  #acted: AlarmState;
  #changedAt = 0;
  #last: AlarmState;
  #suppressedUntil = Number.NEGATIVE_INFINITY;

  /** @param given `state`: that it is in, and has told; a new alarm has no data */
  constructor(given: { readonly suppression?: Suppression; readonly state?: AlarmState } = {}) {
    this.#suppression = given.suppression;
    this.#acted = given.state ?? 'INSUFFICIENT_DATA';
    this.#last = this.#acted;
  }

  /**
   * @param minute later than that of the call before
   * @returns the state whose actions are taken now; undefined: none
   */
  observe(minute: number, state: AlarmState, suppressor?: AlarmState): AlarmState | undefined {
    if (state !== this.#last) {
      this.#last = state;
      this.#changedAt = minute;
    }
    if (suppressor === 'ALARM') this.#suppressedUntil = minute + (this.#suppression?.extension ?? 0);
    if (state === this.#acted || minute < this.#actsFrom()) return undefined;
    if (suppressor === 'ALARM') return undefined;
    this.#acted = state;
    return state;
  }

  #actsFrom(): number {
    const waited = this.#changedAt + (this.#suppression?.wait ?? 0);
    return Math.max(waited, this.#suppressedUntil);
  }
}
