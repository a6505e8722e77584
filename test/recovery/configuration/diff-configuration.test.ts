import { expect, it } from 'vitest';
import {
  applyChanges,
  type ConfigurationRow,
  describeChange,
  diffConfiguration,
} from '../../../src/recovery/configuration/diff-configuration.ts';

const row = (key: string, value: string | null): ConfigurationRow => ({ key, value, type: 'STRING' });

it.each<[string, ConfigurationRow[], ConfigurationRow[], string[]]>([
  ['nothing where both are alike', [row('A', '1')], [row('A', '1')], []],
  ['a value that differs', [row('A', '0')], [row('A', '7')], ['A is 0, and was 7 in the backup']],
  ['a key that is gone', [], [row('A', '7')], ['A is missing, and was 7 in the backup']],
  ['one that became empty', [row('A', null)], [row('A', '7')], ['A is empty, and was 7 in the backup']],
  ['one that was empty', [row('A', '7')], [row('A', null)], ['A is 7, and was empty in the backup']],
  ["nothing of a later version's keys", [row('A', '1'), row('NEW', 'x')], [row('A', '1')], []],
  [
    'nothing of what maintenance writes',
    [row('EARLIEST_VALID_TIMESTAMP', '2026-11-27')],
    [row('EARLIEST_VALID_TIMESTAMP', '2026-11-01')],
    [],
  ],
])('a restore sets %s', (_, live, backup, told) => {
  expect(diffConfiguration(live, backup).map(describeChange)).toEqual(told);
});

it('comes to the values of the backup beside those that stay', () => {
  const live = [row('A', '0'), row('NEW', 'x')];
  const changes = diffConfiguration(live, [row('A', '7'), row('B', '1')]);
  expect(Object.fromEntries(applyChanges(live, changes))).toEqual({ A: '7', B: '1', NEW: 'x' });
});
