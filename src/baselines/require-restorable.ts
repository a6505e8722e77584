import { z } from 'zod';
import { OperatorError } from '../core/operator-error.ts';
import { type Volumes, volumesName } from '../manifest/volumes-schema.ts';
import type { Settings } from '../settings/settings.ts';
import { ebsOptions } from './ebs/options.ts';
import { recoveryHost } from './ebs/restore/restore-options.ts';
import { wantedVolumes } from './ebs/restore/volume-plan.ts';
import { hybridOptions } from './hybrid/hybrid-options.ts';
import { kubernetesOptions } from './kubernetes/options.ts';
import { cloudOptions } from './timescale-cloud/options.ts';
import { wrongOptions } from './wrong-options.ts';

/**
 * Refuses volumes that the strategy will not bring up, as far as its options tell. Nothing is opened: whoever plans a
 * recovery needs none of the strategy's credentials, and in AWS may not read them.
 * @throws OperatorError naming what is missing or wrong
 */
export function requireRestorable(strategy: Settings['strategy'], volumes: Volumes): void {
  try {
    requireOptions(strategy, volumes);
  } catch (error) {
    throw error instanceof z.ZodError ? wrongOptions(strategy.name, error) : error;
  }
}

function requireOptions({ name, options }: Settings['strategy'], volumes: Volumes): void {
  switch (name) {
    case 'hybrid': {
      const part = hybridOptions.parse(options).volumes;
      requireRestorable({ name: part.strategy, options: part.options }, volumes);
      return;
    }
    case 'ebs': {
      const checked = ebsOptions.parse(options);
      if (volumes.kind !== 'ebs') break;
      const { region = checked.region, devices } = recoveryHost(checked);
      wantedVolumes(volumes, region, devices);
      return;
    }
    case 'kubernetes':
      if (kubernetesOptions.parse(options).mode === volumes.kind) return;
      break;
    case 'timescale-cloud':
      cloudOptions.parse(options);
      if (volumes.kind === name) return;
  }
  throw new OperatorError(`the strategy ${name} cannot bring up ${volumesName(volumes)}`, {
    hint: 'set MSR_STRATEGY and MSR_STRATEGY_OPTIONS as they were for the backup',
  });
}
