import { CommanderError } from 'commander';
import { foreseen } from '../clients/foreseen.ts';
import { describeError, ExitCode, OperatorError } from '../core/operator-error.ts';
import { redact } from '../core/redact.ts';
import type { CommandIo } from './io.ts';

/** The operator stopped the command; what it did until then is consistent. */
export class InterruptedError extends OperatorError {
  override readonly name = 'InterruptedError';

  constructor(signal: string) {
    super(`interrupted by ${signal}; the command stopped at the next safe place`, {
      hint: 'run the same command again: a recovery goes on where it stopped, a backup begins anew',
    });
  }
}

/** A command line that was mistyped. */
class UsageError extends OperatorError {
  override readonly name = 'UsageError';
}

/**
 * What was thrown, as an operator reads it: commander's refusals gain a HINT.
 * @param command as typed, without options: `msr backups show`
 */
export function operatorError(error: unknown, command: string): unknown {
  if (!(error instanceof CommanderError)) return error;
  const [fact = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const guess = suggestion === undefined ? '' : `${suggestion.replace(/^\((.*)\)$/, '$1')} `;
  return new UsageError(fact, { hint: `${guess}\`${command} --help\` lists what there is`, cause: error });
}

/**
 * Tells the failure: to people on standard error, to machines as the one JSON document on standard output.
 * A stack only with MSR_DEBUG=1: it says nothing to an operator and hides the line that does.
 */
export function reportFailure(
  io: Pick<CommandIo, 'env' | 'stdout' | 'stderr'>,
  thrown: unknown,
  json: boolean,
): ExitCode {
  const error = foreseen(thrown) ?? thrown;
  const exitCode = error instanceof OperatorError ? error.exitCode : ExitCode.failed;
  if (json) {
    io.stdout.write(`${JSON.stringify({ error: failureDocument(error), exitCode }, null, 2)}\n`);
  } else {
    io.stderr.write(redact(`msr: ${error instanceof OperatorError ? error.format() : unforeseen(error)}\n`));
  }
  if (io.env['MSR_DEBUG'] === '1') io.stderr.write(redact(`${stackOf(error)}\n`));
  return exitCode;
}

const UNFORESEEN_HINT =
  'nobody foresaw this: run it again with MSR_DEBUG=1 and tell the maintainers what it prints';

/** What is no OperatorError is a fault of msr, and says so. */
function unforeseen(error: unknown): string {
  return `unexpected error: ${describeError(error)}\nHINT: ${UNFORESEEN_HINT}`;
}

/** Redacted before it is serialized: quotes look different afterwards. */
function failureDocument(error: unknown) {
  const name = error instanceof Error ? error.name : 'Error';
  const isForeseen = error instanceof OperatorError;
  const hint = isForeseen ? error.hint : UNFORESEEN_HINT;
  return { name, fact: redact(isForeseen ? error.message : describeError(error)), hint: redact(hint) };
}

/** The error with the causes below it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
