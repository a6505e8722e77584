import { z } from 'zod';
import type { StrategyName } from '../core/strategy-name.ts';
import type { VolumesKind } from '../manifest/volumes-features.ts';
import type { Volumes } from '../manifest/volumes-schema.ts';
import { refuseVolumes } from './find-handler.ts';
import type { BaselineSource, BaselineStrategy } from './strategy.ts';
import { wrongOptions } from './wrong-options.ts';

/** All that sets a strategy apart from the others. */
export interface StrategyDefinition<O> {
  /** What MSR_STRATEGY_OPTIONS takes. */
  readonly options: z.ZodType<O>;
  readonly dumps: (options: O) => boolean;
  /** The kinds of volumes that a baseline consists of, and that the same options bring up again. */
  readonly makes: (options: O) => readonly VolumesKind[];
  /**
   * Refuses volumes of such a kind that these options do not bring up; opens nothing.
   * @throws OperatorError naming what is missing
   */
  readonly requireRestorable?: (options: O, volumes: Volumes) => void;
  /** Loads the clients where the strategy is chosen, so that nobody else waits for them. */
  readonly open: (options: O) => Promise<BaselineSource>;
}

/** A strategy with options that it takes; nothing is opened yet, and no credential read. */
export interface ConfiguredStrategy {
  readonly name: StrategyName;
  readonly dumps: boolean;
  readonly makes: readonly VolumesKind[];
  /**
   * Refuses volumes that the strategy will not bring up, as far as its options tell.
   * @throws OperatorError
   */
  requireRestorable(volumes: Volumes): void;
  /** @throws OperatorError, and what the clients throw */
  open(): Promise<BaselineStrategy>;
}

export interface Strategy {
  readonly options: z.ZodType;
  /** @throws OperatorError where the options are not what the strategy takes */
  configure(options: unknown): ConfiguredStrategy;
}

export function defineStrategy<O>(name: StrategyName, definition: StrategyDefinition<O>): Strategy {
  const { options: schema } = definition;
  return {
    options: schema,
    configure: (given) => {
      const options = parsed(name, schema, given);
      const dumps = definition.dumps(options);
      const makes = definition.makes(options);
      return {
        name,
        dumps,
        makes,
        requireRestorable: (volumes) => {
          if (!makes.includes(volumes.kind)) throw refuseVolumes({ name }, volumes, { cannot: 'bring up' });
          definition.requireRestorable?.(options, volumes);
        },
        open: async () => ({ name, dumps, ...(await definition.open(options)) }),
      };
    },
  };
}

/** @throws OperatorError with what the schema says */
export function parsed<O>(name: StrategyName, schema: z.ZodType<O>, options: unknown): O {
  try {
    return schema.parse(options);
  } catch (error) {
    throw error instanceof z.ZodError ? wrongOptions(name, error) : error;
  }
}
