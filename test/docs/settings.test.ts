import { expect, it } from 'vitest';
import { HEALTH_SETTING_NAMES } from '../../src/health/health-settings.ts';
import { MONITOR_SETTING_NAMES } from '../../src/monitors/monitor-settings.ts';
import { SETTING_NAMES } from '../../src/settings/settings.ts';
import { readPage } from './named-paths.ts';

it.each([...SETTING_NAMES, ...HEALTH_SETTING_NAMES, ...MONITOR_SETTING_NAMES])(
  'the README says what %s means',
  (variable) => {
    expect(readPage('README.md')).toMatch(new RegExp(`^\\| .*\`${variable}\`.* \\| .+ \\|$`, 'm'));
  },
);
