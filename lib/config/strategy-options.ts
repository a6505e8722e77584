import { z } from 'zod';
import type { StrategyName } from '../../lambdas/backup/strategy.ts';
import { kubernetesOptions } from '../../lambdas/strategies/kubernetes/options.ts';
import { cloudOptions } from '../../lambdas/strategies/timescale-cloud/options.ts';

/** What each strategy takes: its own schema, the one that reads MSR_STRATEGY_OPTIONS at run time. */
export const STRATEGY_OPTIONS: Readonly<Partial<Record<StrategyName, z.ZodType>>> = {
  dump: z.strictObject({}),
  kubernetes: kubernetesOptions,
  'timescale-cloud': cloudOptions,
};
