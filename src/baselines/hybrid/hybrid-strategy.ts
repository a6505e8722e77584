import { together } from '../../core/together.ts';
import { dumpStrategy } from '../dump/dump-strategy.ts';
import type { Baseline, BaselineStrategy } from '../strategy.ts';
import { hybridOptions } from './hybrid-options.ts';

/**
 * Volumes and dump around ONE cut: the volumes for a fast way back, the dump for one that needs no volume. Both or
 * none: where one of them fails, the other is removed.
 * @param open opens the strategy of the volumes
 * @throws ZodError
 */
export async function hybridStrategy(
  options: unknown,
  open: (name: BaselineStrategy['name'], options: unknown) => Promise<BaselineStrategy>,
): Promise<BaselineStrategy> {
  const { volumes } = hybridOptions.parse(options);
  const parts = [await open(volumes.strategy, volumes.options), dumpStrategy()] as const;
  const [part] = parts;
  const { settle } = part;
  return {
    name: 'hybrid',
    dumps: true,
    check: async (ctx, session) => {
      for (const part of parts) await part.check(ctx, session);
    },
    begin: (ctx, backupId) => bothOf([parts[0].begin(ctx, backupId), parts[1].begin(ctx, backupId)]),
    removeOrphans: async (ctx, existing) => {
      for (const part of parts) await part.removeOrphans(ctx, existing);
    },
    restore: async (request) => await part.restore?.(request),
    discard: async (request) => await part.discard?.(request),
    examine: async (volumes) => await part.examine?.(volumes),
    ...(settle === undefined ? {} : { settle }),
    protect: async (volumes) => await part.protect?.(volumes),
    remove: async (volumes) => await part.remove?.(volumes),
  };
}

function bothOf([volumes, dump]: readonly [Baseline, Baseline]): Baseline {
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
