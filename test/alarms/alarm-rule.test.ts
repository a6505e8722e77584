import { describe, expect, it } from 'vitest';
import { parseRule } from './alarm-rule.ts';
import type { AlarmState } from './metric-alarm.ts';

const STATES: Readonly<Record<string, AlarmState>> = { up: 'OK', down: 'ALARM', new: 'INSUFFICIENT_DATA' };
const holds = (rule: string) => parseRule(rule)((alarm) => STATES[alarm] ?? 'OK');

describe('the rule of a composite alarm', () => {
  it.each([
    ['ALARM(down)', true],
    ['ALARM("down")', true],
    ['ALARM("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:down")', true],
    ['ALARM(up)', false],
    ['OK(new)', false],
    ['INSUFFICIENT_DATA(new)', true],
    ['NOT ALARM(up)', true],
    ['(NOT (ALARM("down")))', false],
    ['ALARM(up) OR ALARM(down)', true],
    ['ALARM(down) AND NOT ALARM(up)', true],
    // AND binds closer than OR.
    ['ALARM(down) OR ALARM(down) AND ALARM(up)', true],
    ['(ALARM(down) OR ALARM(down)) AND ALARM(up)', false],
    ['TRUE AND NOT FALSE', true],
  ])('%s: %s', (rule, expected) => {
    expect(holds(rule)).toBe(expected);
  });

  it.each(['', 'ALARM()x', 'ALARM(down', 'WARN(down)', 'ALARM(down) ALARM(up)'])(
    'is refused where it is none: %s',
    (rule) => {
      expect(() => parseRule(rule)).toThrow(SyntaxError);
    },
  );
});
