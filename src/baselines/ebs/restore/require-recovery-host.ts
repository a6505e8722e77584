import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import type { EbsOptions } from '../options.ts';
import { recoveryHost } from './restore-options.ts';
import { wantedVolumes } from './volume-plan.ts';

/**
 * Refuses snapshots that the options name no place for.
 * @throws OperatorError naming what is missing
 */
export function requireRecoveryHost({ region: home, restore }: EbsOptions, volumes: EbsVolumes): void {
  const { region = home, devices } = recoveryHost({ restore });
  wantedVolumes(volumes, region, devices);
}
