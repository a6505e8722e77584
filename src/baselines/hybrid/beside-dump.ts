import { together } from '../../core/together.ts';
import type { Baseline, BaselineSource } from '../strategy.ts';

/** A dump of the same cut beside the volumes. Both or none: where one of them fails, the other is removed. */
export async function besideDump(volumes: BaselineSource): Promise<BaselineSource> {
  const { dumpBaselines } = await import('../dump/dump-baselines.ts');
  const dumps = dumpBaselines();
  return {
    check: async (ctx, session) => {
      await volumes.check(ctx, session);
      await dumps.check(ctx, session);
    },
    begin: (ctx, backupId) => bothOf(volumes.begin(ctx, backupId), dumps.begin(ctx, backupId)),
    removeOrphans: async (ctx, existing) => {
      await volumes.removeOrphans(ctx, existing);
      await dumps.removeOrphans(ctx, existing);
    },
    handlers: volumes.handlers,
  };
}

function bothOf(volumes: Baseline, dump: Baseline): Baseline {
  return {
    atCut: async (moment) => {
      await volumes.atCut(moment);
      await dump.atCut(moment);
    },
    complete: async (completion) => {
      const [ofVolumes, ofDump] = await together(
        completion.signal,
        (signal) => volumes.complete({ ...completion, signal }),
        (signal) => dump.complete({ ...completion, signal }),
      );
      return {
        artifacts: [...ofVolumes.artifacts, ...ofDump.artifacts],
        volumes: [...ofVolumes.volumes, ...ofDump.volumes],
        remarks: [...ofVolumes.remarks, ...ofDump.remarks],
        // What a restore of the dump takes is estimated from it.
        seconds: ofDump.seconds,
        verifySeconds: ofVolumes.verifySeconds + ofDump.verifySeconds,
      };
    },
    abandon: async () => {
      await Promise.all([volumes.abandon(), dump.abandon()]);
    },
  };
}
