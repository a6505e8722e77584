import { hybridOptions } from '../../src/baselines/hybrid/hybrid-options.ts';
import { configureStrategy } from '../../src/baselines/strategies.ts';
import type { StrategyConfig } from '../config/strategy-config.ts';

/** The strategies that a backup consists of: one, or the two of a hybrid. */
export function baselinesOf(strategy: StrategyConfig): StrategyConfig[] {
  if (strategy.name !== 'hybrid') return [strategy];
  const { volumes } = hybridOptions.parse(strategy.options);
  return [
    { name: volumes.strategy, options: volumes.options },
    { name: 'dump', options: {} },
  ];
}

/** Whether EBS snapshots are taken, alone or beside a dump. */
export function takesSnapshots(strategy: StrategyConfig): boolean {
  return configureStrategy(strategy).makes.includes('ebs');
}

/**
 * The options as MSR_STRATEGY_OPTIONS gets them: snapshots carry the tag that the rights to them ask for.
 * @param instance `<stage>/<instance>`
 */
export function deployedOptions(
  strategy: StrategyConfig,
  instance: string,
): Readonly<Record<string, unknown>> {
  if (strategy.name === 'ebs') return { ...strategy.options, instance };
  if (strategy.name !== 'hybrid') return strategy.options;
  const { volumes } = hybridOptions.parse(strategy.options);
  const options = deployedOptions({ name: volumes.strategy, options: volumes.options }, instance);
  return { volumes: { ...volumes, options } };
}
