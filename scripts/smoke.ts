/**
 * `npm run smoke -- --stage <name>`: for the first person with an AWS account. Deploys the configuration
 * as a scratch stage, tries what an operator would, destroys it, and tells what was proven. The
 * deployment test runs the same.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { configPath } from '../lib/config/load-config.ts';
import { describeError, OperatorError } from '../src/core/operator-error.ts';
import { announcement } from './smoke/announcement.ts';
import { cdkOf } from './smoke/cdk.ts';
import { msrOf } from './smoke/msr.ts';
import { proofTable } from './smoke/proofs.ts';
import { type ScratchStage, scratchStage } from './smoke/scratch-config.ts';
import { smoke } from './smoke/smoke.ts';
import { StageClient } from './smoke/stage-client.ts';

const ROOT = join(import.meta.dirname, '..');
const USAGE =
  'npm run smoke -- --stage <name> [--config <file>] [--instance <name>] [--secret <file with its JSON>] [--yes] [--keep]';

interface Arguments {
  readonly stage: string;
  readonly config: string;
  readonly instance: string | undefined;
  readonly secret: string | undefined;
  /** A cloud assembly that was synthesized already. */
  readonly app: string | undefined;
  readonly yes: boolean;
  readonly keep: boolean;
}

/** @throws OperatorError for what is missing or unknown */
function readArguments(): Arguments {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    stage: text,
    config: text,
    instance: text,
    secret: text,
    app: text,
    yes: flag,
    keep: flag,
  };
  try {
    const { values } = parseArgs({ options });
    const { stage, config, instance, secret, app, yes, keep } = values;
    if (stage === undefined) throw new Error('no stage is named');
    const path = configPath({ root: ROOT, context: config, env: process.env });
    return { stage, config: path, instance, secret, app, yes, keep };
  } catch (cause) {
    throw new OperatorError((cause as Error).message, { hint: USAGE, cause });
  }
}

async function isAgreedTo(text: string, yes: boolean): Promise<boolean> {
  console.log(`${text}\n`);
  if (yes) return true;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question('Go on? Type the word yes: ');
  lines.close();
  return answer.trim() === 'yes';
}

async function run(given: Arguments, { config, text }: ScratchStage): Promise<void> {
  const [first] = config.instances;
  const instance = given.instance ?? first?.name ?? '';
  const directory = mkdtempSync(join(tmpdir(), 'msr-smoke-'));
  const file = join(directory, 'config.json');
  writeFileSync(file, text);
  const source = given.app === undefined ? ['-c', `config=${file}`] : ['--app', given.app];
  const secret = given.secret === undefined ? undefined : readFileSync(given.secret, 'utf8');
  try {
    const proofs = await smoke({
      ...{ stage: given.stage, instance, secret, keep: given.keep },
      client: new StageClient(given.stage),
      cdk: cdkOf([...source, '--no-notices']),
      msr: msrOf(given.stage, instance),
      say: (message) => console.error(`smoke: ${message}`),
    });
    console.log(proofTable(proofs));
    if (proofs.some(({ holds }) => !holds)) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const given = readArguments();
  const scratch = scratchStage(given.config, readFileSync(given.config, 'utf8'), given.stage);
  // The CDK asks for no region: the stage has one.
  process.env['AWS_REGION'] = scratch.config.region;
  if (await isAgreedTo(announcement(scratch.config), given.yes)) await run(given, scratch);
  else console.log('Nothing was done.');
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
