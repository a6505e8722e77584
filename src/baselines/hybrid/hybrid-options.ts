import { z } from 'zod';
import { STRATEGY_NAMES } from '../../core/strategy-name.ts';

/** What the strategy `hybrid` takes: which volumes strategy stands beside the dump, with its own options. */
export const hybridOptions = z.strictObject({
  volumes: z.strictObject({
    strategy: z
      .enum(STRATEGY_NAMES)
      .exclude(['dump', 'hybrid'])
      .describe('The strategy of the volumes that stand beside the dump.'),
    options: z.record(z.string(), z.json()).describe('Its options, as it takes them alone.'),
  }),
});
