import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** One test file's part of vitest's JSON report; `message` tells why a file did not even load. */
const testFile = z.object({
  name: z.string(),
  status: z.string(),
  message: z.string(),
  assertionResults: z.array(
    z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
  ),
});

/** What is read of the report that `vitest --reporter=json` writes. */
export const vitestReport = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  success: z.boolean(),
  testResults: z.array(testFile),
});

const LINES_OF_A_FAILURE = 12;

/**
 * What failed or was left out, a paragraph each: the file, seen from `directory`, the test, and the beginning
 * of what it said.
 */
export function failuresIn(report: z.infer<typeof vitestReport>, directory: string): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(directory, name);
    const tests = assertionResults.filter((test) => test.status !== 'passed');
    if (tests.length === 0) return status === 'passed' ? [] : [paragraph(file, message)];
    return tests.map(({ fullName, failureMessages, ...test }) =>
      paragraph(`${file}: ${fullName} (${test.status})`, failureMessages?.join('\n') ?? ''),
    );
  });
}

function paragraph(head: string, message: string): string {
  const lines = stripVTControlCharacters(message).split('\n');
  return [head, ...lines.slice(0, LINES_OF_A_FAILURE)].join('\n').trimEnd();
}
