import { z } from 'zod';
import type { StrategyName } from '../core/strategy-name.ts';
import type { Settings } from '../settings/settings.ts';
import { dumpStrategy } from './dump/dump-strategy.ts';
import { hybridStrategy } from './hybrid/hybrid-strategy.ts';
import type { BaselineStrategy } from './strategy.ts';
import { wrongOptions } from './wrong-options.ts';

type Factory = (options: unknown) => Promise<BaselineStrategy>;

/** A strategy's clients are loaded where it is chosen, so that nobody else waits for them. */
const FACTORIES: Readonly<Record<StrategyName, Factory>> = {
  dump: async (options) => {
    z.strictObject({}).parse(options);
    return dumpStrategy();
  },
  ebs: async (options) => (await import('./ebs/ebs-strategy.ts')).ebsStrategy(options),
  hybrid: async (options) => hybridStrategy(options, openStrategy),
  kubernetes: async (options) =>
    (await import('./kubernetes/kubernetes-strategy.ts')).kubernetesStrategy(options),
  'timescale-cloud': async (options) =>
    (await import('./timescale-cloud/cloud-strategy.ts')).cloudStrategy(options),
};

/**
 * The strategy of that name.
 * @param options of its own, as MSR_STRATEGY_OPTIONS holds them
 * @throws OperatorError where they are not what it takes
 */
export async function openStrategy(name: StrategyName, options: unknown): Promise<BaselineStrategy> {
  try {
    return await FACTORIES[name](options);
  } catch (error) {
    throw error instanceof z.ZodError ? wrongOptions(name, error) : error;
  }
}

/** The strategy that the settings name. @throws OperatorError as openStrategy */
export async function openConfigured({ strategy }: Pick<Settings, 'strategy'>): Promise<BaselineStrategy> {
  return await openStrategy(strategy.name, strategy.options);
}
