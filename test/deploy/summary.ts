import { table } from '../../src/cli/tables.ts';
import type { EmulatorAssembly } from './emulator-assembly.ts';
import type { Checks, StepTime } from './run-steps.ts';
import type { SearchResult } from './secret-search.ts';

export interface DeployOutcome {
  readonly steps: readonly StepTime[];
  readonly checks: Checks;
  readonly assembly: EmulatorAssembly | undefined;
  readonly search: SearchResult | undefined;
  /** What ended the test before its end. */
  readonly failure: string | undefined;
}

/** What a person reads at the end; the last line is the verdict. */
export function renderSummary({ steps, checks, assembly, search, failure }: DeployOutcome): string {
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  const failed = [...checks.failed, ...(failure === undefined ? [] : [failure])];
  const verdict =
    failed.length === 0
      ? `PASSED: ${checks.passed.length} claims hold, in ${seconds.toFixed(0)} s`
      : `FAILED:\n${failed.map((text) => `  - ${text}`).join('\n')}`;
  return [
    '',
    table(
      ['STEP', 'SECONDS'],
      steps.map((step) => [step.name, step.seconds.toFixed(1)]),
      ['left', 'right'],
    ),
    ...(search === undefined ? [] : [searchTable(search)]),
    ...(assembly === undefined ? [] : [emulatedText(assembly)]),
    verdict,
  ].join('\n\n');
}

function searchTable({ kinds, findings }: SearchResult): string {
  const rows = kinds.map(({ kind, texts, characters }) => [
    kind,
    String(texts),
    characters.toLocaleString('en-US'),
  ]);
  return table(['SEARCHED FOR PLANTED SECRETS', 'TEXTS', 'CHARACTERS'], rows, [
    'left',
    'right',
    'right',
  ]).concat(`\nfound: ${findings.length}`);
}

function emulatedText({ leftOut, changed, images, stacks }: EmulatorAssembly): string {
  const counts = new Map<string, number>();
  for (const { type } of leftOut) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [
    `Stacks: ${stacks.join(', ')}`,
    'Real: Kafka, Kafka Connect, TimescaleDB, the synthesized stacks, the bundles of the Lambdas and of the tasks, the command line.',
    'Emulated by ministack, so that NOTHING of it is proven on AWS: CloudFormation, IAM (no right is checked), KMS, S3, Scheduler, Step Functions, Lambda, SNS, SQS, Secrets Manager, CloudWatch, ECS (its tasks run as child processes of the test).',
    'Left out, because the emulator lacks it:',
    ...[...counts].map(([type, count]) => `  ${count} × ${type}`),
    ...(images === 0 ? [] : [`  ${images} × container image (no Docker engine)`]),
    'Changed for the emulator:',
    ...changed.map((text) => `  ${text}`),
    "  the vault's Object Lock, which ministack's CloudFormation drops, was set by the API",
  ].join('\n');
}
