import { z } from 'zod';
import { ebsOptions } from '../../src/baselines/ebs/options.ts';
import { hybridOptions } from '../../src/baselines/hybrid/hybrid-options.ts';
import { kubernetesOptions } from '../../src/baselines/kubernetes/options.ts';
import { cloudOptions } from '../../src/baselines/timescale-cloud/options.ts';
import type { StrategyName } from '../../src/core/strategy-name.ts';

/** What each strategy takes: its own schema, the one that reads MSR_STRATEGY_OPTIONS at run time. */
export const STRATEGY_OPTIONS: Readonly<Record<StrategyName, z.ZodType>> = {
  dump: z.strictObject({}),
  ebs: ebsOptions,
  kubernetes: kubernetesOptions,
  'timescale-cloud': cloudOptions,
  hybrid: hybridOptions,
};

export interface OptionsIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What is wrong with a strategy's options; a hybrid's volumes are looked at as those of their own strategy. */
export function optionsIssues(name: StrategyName, options: unknown): OptionsIssue[] {
  const issues = STRATEGY_OPTIONS[name].safeParse(options).error?.issues ?? [];
  if (name !== 'hybrid' || issues.length > 0) return issues;
  const { volumes } = hybridOptions.parse(options);
  return optionsIssues(volumes.strategy, volumes.options).map(({ path, message }) => ({
    path: ['volumes', 'options', ...path],
    message,
  }));
}
