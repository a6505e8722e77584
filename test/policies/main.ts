/**
 * `npm run test:policies [directory]`: asks the synthesized policies about every call to AWS that the
 * tests of this run recorded there (MSR_AWS_RECORDINGS), about those that AWS's services make themselves,
 * and about what is declared.
 */
import { z } from 'zod';
import { table } from '../../src/cli/tables.ts';
import { describeError, OperatorError } from '../../src/core/operator-error.ts';
import {
  RECORDINGS_VARIABLE,
  readRecorded,
  recordedCall,
  recordingsDirectory,
  scene,
} from '../aws/recording.ts';
import { findings } from './findings.ts';
import { type JudgedRequests, type Judgement, judge, type Recordings } from './judge.ts';

const names = z.record(z.string(), z.record(z.string(), z.string()));

async function main(): Promise<void> {
  const recordings = read(process.argv[2] ?? recordingsDirectory());
  const judgement = await judge(recordings);
  const found = findings(judgement, recordings.calls);
  console.log(summary(judgement, recordings));
  for (const finding of found) console.log(`  - ${finding}`);
  console.log(
    found.length === 0 ? 'PASSED: everything that is called is allowed' : `FAILED: ${found.length} findings`,
  );
  if (found.length > 0) process.exitCode = 1;
}

/** @throws OperatorError where nothing was recorded: nothing can be said then */
function read(directory: string | undefined): Recordings {
  const hint = `set ${RECORDINGS_VARIABLE} to a directory, run \`npm run test:deploy\` and the engine tests, and name it`;
  if (directory === undefined) throw new OperatorError('no directory with recordings is named', { hint });
  const recordings = {
    calls: readRecorded(directory, 'calls', recordedCall),
    names: readRecorded(directory, 'names', names),
    scenes: readRecorded(directory, 'scenes', scene),
  };
  for (const [what, some] of Object.entries(recordings)) {
    if (some.length === 0) throw new OperatorError(`${directory} holds no ${what}`, { hint });
  }
  return recordings;
}

function summary({ stages, grants }: Judgement, { calls }: Recordings): string {
  const parts = new Set(calls.map(({ app }) => app)).size;
  const rows = stages.map(({ stage, calls: judged, answers }) => [
    stage.name,
    String(judged.length),
    String(answers.length),
    String(principals(answers, (principal) => principal.startsWith('arn:'))),
    String(principals(answers, (principal) => !principal.startsWith('arn:'))),
  ]);
  return [
    table(['STAGE', 'CALLS', 'REQUESTS', 'ROLES', 'SERVICES'], rows, [
      'left',
      'right',
      'right',
      'right',
      'right',
    ]),
    `${calls.length} calls of ${parts} parts were recorded; ${grants.count} rights are granted, ${grants.unused.length} of them needed by no call`,
  ].join('\n\n');
}

function principals(answers: JudgedRequests['answers'], isWanted: (principal: string) => boolean): number {
  return new Set(answers.map(({ request }) => request.principal).filter(isWanted)).size;
}

main().catch((error: unknown) => {
  console.error(error instanceof OperatorError ? describeError(error) : error);
  process.exitCode = 1;
});
