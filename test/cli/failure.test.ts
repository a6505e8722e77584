import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { operatorError, reportFailure } from '../../src/cli/failure.ts';
import { ExitCode, OperatorError } from '../../src/core/operator-error.ts';
import { captureIo } from './run-cli.ts';

const UNFORESEEN =
  'nobody foresaw this: run it again with MSR_DEBUG=1 and tell the maintainers what it prints';

describe('reportFailure', () => {
  test('an error for operators: fact, HINT, its own exit code', async () => {
    const { io, said } = captureIo();
    const error = new OperatorError('it broke', { hint: 'mend it', exitCode: ExitCode.couldNotVerify });
    expect(reportFailure(io, error, false)).toBe(2);
    expect(await said()).toEqual({ stdout: '', stderr: 'msr: it broke\nHINT: mend it\n' });
  });

  test('what nobody foresaw is called so, and no stack is shown', async () => {
    const { io, said } = captureIo();
    const { error } = z.object({ a: z.string() }).safeParse({});
    expect(reportFailure(io, error, false)).toBe(1);
    const { stderr } = await said();
    expect(stderr).toMatch(/^msr: unexpected error: /);
    expect(stderr.endsWith(`HINT: ${UNFORESEEN}\n`)).toBe(true);
    expect(stderr).not.toContain('    at ');
  });

  test('causes are shown with MSR_DEBUG=1', async () => {
    const { io, said } = captureIo({ MSR_DEBUG: '1' });
    const error = new OperatorError('it broke', { hint: 'mend it', cause: new Error('the disk') });
    reportFailure(io, error, false);
    expect((await said()).stderr).toMatch(/caused by: Error: the disk\n {4}at /);
  });

  test('passwords that others repeat are not printed, in no form', async () => {
    for (const json of [false, true]) {
      const { io, said } = captureIo({ MSR_DEBUG: '1' });
      const cause = new Error('cannot connect to postgres://msr:s3cret@db/msr, password="s3cret"');
      reportFailure(io, new OperatorError(cause.message, { hint: 'check it', cause }), json);
      const { stdout, stderr } = await said();
      expect(stdout + stderr).toContain('postgres://msr:***@db/msr');
      expect(stdout + stderr).not.toContain('s3cret');
    }
  });

  test('machines get one document', async () => {
    const { io, said } = captureIo();
    reportFailure(io, new TypeError('x is undefined'), true);
    const { stdout, stderr } = await said();
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      error: { name: 'TypeError', fact: 'x is undefined', hint: UNFORESEEN },
      exitCode: 1,
    });
  });
});

test("commander's refusals gain a HINT, everything else passes", () => {
  const refusal = new CommanderError(1, 'commander.x', "error: unknown option '--a'\n(Did you mean --b?)");
  expect(operatorError(refusal, 'msr backup')).toMatchObject({
    name: 'UsageError',
    message: "unknown option '--a'",
    hint: 'Did you mean --b? `msr backup --help` lists what there is',
  });
  const other = new Error('other');
  expect(operatorError(other, 'msr')).toBe(other);
});
