import type { Settings } from '../../settings/settings.ts';
import { type ConfiguredStrategy, parsed, type Strategy } from '../define-strategy.ts';
import { besideDump } from './beside-dump.ts';
import { hybridOptions } from './hybrid-options.ts';

/**
 * Volumes and dump around ONE cut: the volumes for a fast way back, the dump for one that needs no volume.
 * What is to be known of the volumes, the strategy of the volumes says.
 * @param configure finds that strategy
 */
export function hybridStrategy(configure: (settings: Settings['strategy']) => ConfiguredStrategy): Strategy {
  return {
    options: hybridOptions,
    configure: (options) => {
      const { strategy, options: own } = parsed('hybrid', hybridOptions, options).volumes;
      const volumes = configure({ name: strategy, options: own });
      const composed = { name: 'hybrid', dumps: true } as const;
      return {
        ...volumes,
        ...composed,
        open: async () => {
          const opened = await volumes.open();
          // A strategy that takes a dump beside its volumes by itself has both.
          return { ...(volumes.dumps ? opened : await besideDump(opened)), ...composed };
        },
      };
    },
  };
}
