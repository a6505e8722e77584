import { z } from 'zod';
import { OperatorError } from '../core/operator-error.ts';
import type { StrategyName } from '../core/strategy-name.ts';

/** What a strategy's schema says of its options, for an operator. */
export function wrongOptions(name: StrategyName, cause: z.ZodError): OperatorError {
  return new OperatorError(`the options of the strategy ${name} are wrong: ${z.prettifyError(cause)}`, {
    hint: 'see MSR_STRATEGY_OPTIONS, or the strategy in the configuration file; docs/configuration.md lists them',
    cause,
  });
}
