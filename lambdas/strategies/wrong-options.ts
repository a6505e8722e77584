import { z } from 'zod';
import type { StrategyName } from '../backup/strategy.ts';
import { OperatorError } from '../operator-error.ts';

/** What a strategy's schema says of its options, for an operator. */
export function wrongOptions(name: StrategyName, cause: z.ZodError): OperatorError {
  return new OperatorError(`the options of the strategy ${name} are wrong: ${z.prettifyError(cause)}`, {
    hint: 'see MSR_STRATEGY_OPTIONS, or the strategy in the configuration file; docs/configuration.md lists them',
    cause,
  });
}
