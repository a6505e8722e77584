import { DatabaseError } from 'pg';
import { expect, it } from 'vitest';
import { SqlState, sqlState } from '../../../src/clients/postgres.ts';
import { describeError, ExitCode, OperatorError } from '../../../src/core/operator-error.ts';
import { plainError, reviveError } from '../../../src/recovery/replay/thread-protocol.ts';

/** As a message of a thread brings it. */
const brought = (error: unknown) => reviveError(structuredClone(plainError(error)));

class NamedError extends OperatorError {
  override readonly name = 'NamedError';
}

it('brings an operator’s error with its name, hint and exit code', () => {
  const error = brought(new NamedError('a fact', { hint: 'a remedy', exitCode: ExitCode.couldNotVerify }));
  expect(error).toBeInstanceOf(OperatorError);
  expect(error).toMatchObject({ name: 'NamedError', exitCode: ExitCode.couldNotVerify });
  expect(describeError(error)).toBe('a fact\nHINT: a remedy');
});

it('brings a server’s error with its SQLSTATE', () => {
  const error = brought(Object.assign(new DatabaseError('full', 4, 'error'), { code: SqlState.outOfMemory }));
  expect(sqlState(error)).toBe(SqlState.outOfMemory);
  expect(error.message).toBe('full');
});

it('brings any other error with its name and stack, and whatever else was thrown as a text', () => {
  const error = new TypeError('x is not a function');
  expect(brought(error)).toMatchObject({ name: 'TypeError', message: error.message, stack: error.stack });
  expect(brought('broken')).toMatchObject({ name: 'Error', message: 'broken' });
});
