import { hybridOptions } from '../../src/baselines/hybrid/hybrid-options.ts';
import { STRATEGIES } from '../../src/baselines/strategies.ts';
import type { StrategyName } from '../../src/core/strategy-name.ts';

export interface OptionsIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * What is wrong with a strategy's options; a hybrid's volumes are looked at as those of their own strategy.
 */
export function optionsIssues(name: StrategyName, options: unknown): OptionsIssue[] {
  const issues = STRATEGIES[name].options.safeParse(options).error?.issues ?? [];
  if (name !== 'hybrid' || issues.length > 0) return issues;
  const { volumes } = hybridOptions.parse(options);
  return optionsIssues(volumes.strategy, volumes.options).map(({ path, message }) => ({
    path: ['volumes', 'options', ...path],
    message,
  }));
}
