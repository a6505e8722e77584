import { describe, expect, it } from 'vitest';
import { ActionTaker } from './actions.ts';
import type { AlarmState } from './metric-alarm.ts';

const STATES: Readonly<Record<string, AlarmState>> = { o: 'OK', A: 'ALARM', '?': 'INSUFFICIENT_DATA' };

/** A letter a minute; the answer has the letter of each action where it is taken, and `.` where none is. */
function actions(states: string, suppressor?: string): string {
  const taker = new ActionTaker(suppressor === undefined ? {} : { suppression: { wait: 3, extension: 2 } });
  return [...states]
    .map((letter, minute) => {
      const by = suppressor?.[minute];
      const acted = taker.observe(minute, STATES[letter] ?? 'OK', by === undefined ? undefined : STATES[by]);
      return acted === undefined ? '.' : acted === 'ALARM' ? 'A' : 'o';
    })
    .join('');
}

describe('an alarm', () => {
  it('acts once for each change', () => {
    expect(actions('?ooAAAoo')).toBe('.o.A..o.');
  });
});

describe('an alarm with a suppressor', () => {
  it.each([
    ['acts after the wait period', 'oooooAAAAAAA', 'oooooooooooo', '...o....A...'],
    ['does nothing while it is suppressed', 'oooooAAAAoooooo', 'oooooAAAAAAAooo', '...o...........'],
    ['waits for the suppressor', 'oooooAAAAAAoooo', 'oooooooAAAAAAoo', '...o...........'],
    [
      'acts after the extension period, if it still rings',
      'oooooAAAAAAAAA',
      'oooooAAAAAoooo',
      '...o.......A..',
    ],
    ['does not tell of what came and went', 'oooooAAooooo', 'oooooooooooo', '...o........'],
  ])('%s', (_, states, suppressor, expected) => {
    expect(actions(states, suppressor)).toBe(expected);
  });
});
