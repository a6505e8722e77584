import { expect, it } from 'vitest';
import { compareSettings } from '../../../src/validation/api/compare-settings.ts';

const rows = new Map([
  ['MAX_PLAYBACK_RANGE', '7'],
  ['MAX_ACTIVE_SESSIONS', '5'],
  ['DATA_RETENTION_CRON_EXPRESSION', '0 3 * * *'],
  ['QUERY_WORK_MEM_MB', '256'],
]);
const told = {
  ...{ max_playback_range: 7, max_active_sessions: '5' },
  ...{ data_retention_cron_expression: '0 3 * * *', earliest_valid_timestamp: null },
};

it.each([
  ['the same, as numbers or texts', told, { compared: 3, differences: [], untold: [] }],
  [
    'another range',
    { ...told, max_playback_range: 30 },
    { compared: 3, differences: ['MAX_PLAYBACK_RANGE is 7 in the database, and 30 to the API'], untold: [] },
  ],
  [
    'a setting that it does not tell',
    { ...told, max_active_sessions: undefined },
    { compared: 2, differences: [], untold: ['MAX_ACTIVE_SESSIONS'] },
  ],
])('%s', (_, answer, expected) => {
  expect(compareSettings(answer, rows)).toEqual(expected);
});
