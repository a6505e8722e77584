import { OperatorError } from '../core/operator-error.ts';
import { type Volumes, volumesName } from '../manifest/volumes-schema.ts';
import type { BaselineStrategy } from './strategy.ts';
import type { VolumesOperations } from './volumes-handler.ts';

type Operations = VolumesOperations<Volumes>;

/** The remedy wherever the configured strategy knows nothing of a backup's volumes. */
export const AS_FOR_THE_BACKUP = 'set MSR_STRATEGY and MSR_STRATEGY_OPTIONS as they were for the backup';

/** Who looks after the volumes by this strategy; undefined where only another one knows them. */
export function findHandler(
  { handlers }: Pick<BaselineStrategy, 'handlers'>,
  { kind }: Volumes,
): Partial<Operations> | undefined {
  return handlers[kind];
}

export interface Refusal {
  /** A verb, after which the volumes are named: `look after`. */
  readonly cannot: string;
  /** Goes on with the hint, and begins with its own punctuation. */
  readonly more?: string;
}

/**
 * Who does this with the volumes by this strategy.
 * @throws OperatorError naming strategy and volumes where nobody does
 */
export function requireHandler<O extends keyof Operations>(
  strategy: Pick<BaselineStrategy, 'name' | 'handlers'>,
  volumes: Volumes,
  operation: O,
  refusal: Refusal,
): Pick<Operations, O> {
  const handler = findHandler(strategy, volumes);
  if (handler !== undefined && does(handler, operation)) return handler;
  throw refuseVolumes(strategy, volumes, refusal);
}

function does<O extends keyof Operations>(
  handler: Partial<Operations>,
  operation: O,
): handler is Partial<Operations> & Pick<Operations, O> {
  return handler[operation] !== undefined;
}

/** The one error for volumes that the configured strategy does not know, or can do nothing with. */
export function refuseVolumes(
  { name }: Pick<BaselineStrategy, 'name'>,
  volumes: Volumes,
  { cannot, more = '' }: Refusal,
): OperatorError {
  return new OperatorError(`the strategy ${name} cannot ${cannot} ${volumesName(volumes)}`, {
    hint: `${AS_FOR_THE_BACKUP}${more}`,
  });
}
