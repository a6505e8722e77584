import { describe, expect, it } from 'vitest';
import {
  configurationObstacle,
  configurationRemarks,
  foreseeConfiguration,
} from '../../../src/recovery/plan/compare-configuration.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { assessment, RECOVERY_ID, request } from './sample-assessment.ts';

const values = {
  MAX_PLAYBACK_RANGE: '7',
  DATA_RETENTION_CRON_EXPRESSION: '0 3 * * *',
  MAX_ACTIVE_SESSIONS: '5',
  EARLIEST_VALID_TIMESTAMP: '2026-11-16T03:00:00Z',
};
const backup = Object.entries(values).map(([key, value]) => ({ key, value, type: 'x' }));
const live = (change: Record<string, string | null> = {}) =>
  new Map(Object.entries({ ...values, ...change }));

describe('the configuration that will be live', () => {
  it('is the live one, and what maintenance writes each night is no difference', () => {
    const seen = foreseeConfiguration(backup, live({ EARLIEST_VALID_TIMESTAMP: '2026-11-17T03:00:00Z' }));
    expect(seen).toEqual({
      from: 'live database',
      playbackRange: '7',
      fault: null,
      liveFault: null,
      changes: [],
    });
  });

  it("is the backup's where the live one is lost, or has lost keys", () => {
    expect(foreseeConfiguration(backup, undefined)).toMatchObject({ from: 'backup', playbackRange: '7' });
    const { MAX_PLAYBACK_RANGE: _, ...rest } = values;
    expect(foreseeConfiguration(backup, new Map(Object.entries(rest)))).toMatchObject({
      from: 'backup',
      playbackRange: '7',
      changes: [],
    });
  });

  it('is told where it differs, with what will be dropped by it', () => {
    const seen = foreseeConfiguration(backup, live({ MAX_PLAYBACK_RANGE: '1' }));
    expect(seen).toMatchObject({ playbackRange: '1', fault: null });
    expect(configurationRemarks(seen)).toEqual([
      'MAX_PLAYBACK_RANGE is 1 in the live database and was 7 in the backup: the recovered database will have 1, and drop events that are older than 1 days',
    ]);
  });

  it.each(['0', '-5', 'seven', '', null])(
    "is the backup's with MAX_PLAYBACK_RANGE %j in the live database, and the plan says so",
    (range) => {
      const configuration = foreseeConfiguration(backup, live({ MAX_PLAYBACK_RANGE: range }));
      const database = { ...assessment().database, configuration };
      const plan = planRecovery(assessment({ database }), request(), RECOVERY_ID);
      expect(plan.refusal).toBeUndefined();
      expect(plan.playbackRange).toBe('7');
      const said = plan.remarks.join('\n');
      expect(said).toContain('MSR cannot run by the live configuration: MAX_PLAYBACK_RANGE is ');
      expect(said).toContain('the recovered one will have 7, as the backup');
    },
  );

  it('is refused where it is wrong in the backup, and the live one is lost', () => {
    const wrong = backup.map((entry) =>
      entry.key === 'MAX_PLAYBACK_RANGE' ? { ...entry, value: '0' } : entry,
    );
    expect(configurationObstacle(foreseeConfiguration(wrong, undefined))).toMatch(
      /^msr.configuration of the backup/,
    );
  });
});

describe('an approved plan', () => {
  const planned = (playbackRange: string) => {
    const { database } = assessment();
    const configuration = { ...database.configuration, playbackRange };
    return planRecovery(assessment({ database: { ...database, configuration } }), request(), RECOVERY_ID);
  };

  it('says how far maintenance will drop, and is another plan where that changes', () => {
    expect(planned('7').playbackRange).toBe('7');
    expect(planned('1').hash).not.toBe(planned('7').hash);
  });
});
