import { expect, it } from 'vitest';
import { silentHours } from '../../../lib/observability/silent-hours.ts';
import { exampleConfig } from '../config/example.ts';

const hours = (schedule: object, databaseSizeGiB: number) => {
  const [instance] = exampleConfig(
    ['instances.0.schedule', schedule],
    ['instances.0.databaseSizeGiB', databaseSizeGiB],
    ['instances.0.ephemeralStorageGiB', 200],
  ).instances;
  return instance && silentHours(instance);
};

it.each([
  ['a small one, that waits for nothing', { frequency: 'daily', maintenanceWaitMinutes: 0 }, 1, 27],
  ['one that may wait six hours', { frequency: 'daily', maintenanceWaitMinutes: 360 }, 1, 33],
  ['a large one', { frequency: 'daily', maintenanceWaitMinutes: 90 }, 600, 40],
  ['a huge one: an alarm looks back a week', { frequency: 'daily' }, 60_000, 168],
])('%s', (_, schedule, size, expected) => {
  expect(hours(schedule, size)).toBe(expected);
});
