import { z } from 'zod';
import type { StrategyName } from '../core/strategy-name.ts';
import type { Settings } from '../settings/settings.ts';
import { type ConfiguredStrategy, defineStrategy, type Strategy } from './define-strategy.ts';
import { ebsOptions } from './ebs/options.ts';
import { requireRecoveryHost } from './ebs/restore/require-recovery-host.ts';
import { besideDump } from './hybrid/beside-dump.ts';
import { hybridStrategy } from './hybrid/hybrid-strategy.ts';
import { kubernetesOptions } from './kubernetes/options.ts';
import type { BaselineStrategy } from './strategy.ts';
import { cloudOptions } from './timescale-cloud/options.ts';

/** Every strategy, and what sets it apart. */
export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  dump: defineStrategy('dump', {
    options: z.strictObject({}),
    dumps: () => true,
    makes: () => [],
    open: async () => (await import('./dump/dump-baselines.ts')).dumpBaselines(),
  }),
  ebs: defineStrategy('ebs', {
    options: ebsOptions,
    dumps: () => false,
    makes: () => ['ebs'],
    requireRestorable: (options, volumes) => {
      if (volumes.kind === 'ebs') requireRecoveryHost(options, volumes);
    },
    open: async (options) => (await import('./ebs/ebs-baselines.ts')).ebsBaselines(options),
  }),
  kubernetes: defineStrategy('kubernetes', {
    options: kubernetesOptions,
    dumps: () => false,
    makes: ({ mode }) => [mode],
    open: async (options) =>
      (await import('./kubernetes/kubernetes-baselines.ts')).kubernetesBaselines(options),
  }),
  'timescale-cloud': defineStrategy('timescale-cloud', {
    options: cloudOptions,
    dumps: ({ dump }) => dump,
    makes: () => ['timescale-cloud'],
    open: async (options) => {
      const { cloudBaselines } = await import('./timescale-cloud/cloud-baselines.ts');
      const moments = await cloudBaselines(options);
      return options.dump ? await besideDump(moments) : moments;
    },
  }),
  hybrid: hybridStrategy((settings) => configureStrategy(settings)),
};

/**
 * The strategy that the settings name, without opening it: whoever plans a recovery needs none of its
 * credentials, and in AWS may not read them.
 * @throws OperatorError where its options are not what it takes
 */
export function configureStrategy({ name, options }: Settings['strategy']): ConfiguredStrategy {
  return STRATEGIES[name].configure(options);
}

/**
 * The strategy that the settings name.
 * @throws OperatorError as configureStrategy, and what its clients throw
 */
export async function openStrategy(settings: Settings['strategy']): Promise<BaselineStrategy> {
  return await configureStrategy(settings).open();
}
