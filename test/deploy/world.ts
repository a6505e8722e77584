import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ECSClient } from '@aws-sdk/client-ecs';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { APP_ID_VARIABLE, appId } from '../../lib/runtime/app-id.ts';
import { type Emulator, startMinistack } from '../aws/emulators.ts';
import { recordNames } from '../aws/recording.ts';
import { type Bed, type Msr, startBed } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import { type LiveProducer, startLiveProducer } from '../drill/live-producer.ts';
import { AlertMailbox } from './alert-mailbox.ts';
import { cdk } from './cdk.ts';
import { type Deployment, findDeployment, physicalNames } from './deployment.ts';
import { EcsAgent } from './ecs-agent.ts';
import type { EmulatedStage } from './emulated-stage.ts';
import { assemblyFile, type EmulatorAssembly } from './emulator-assembly.ts';
import { ENTRY_POINT } from './entry-point.ts';
import { setObjectLock } from './object-lock.ts';
import { type PlantedSecrets, plantSecrets } from './planted-secrets.ts';
import { runCommand } from './run-command.ts';
import type { Checks, Cleanup, Steps } from './run-steps.ts';

/** Everything that runs, as the scenes of the test use it. */
export interface World {
  readonly bed: Bed;
  readonly msr: Msr;
  readonly producer: LiveProducer;
  readonly emulator: Emulator;
  readonly assembly: EmulatorAssembly;
  readonly deployment: Deployment;
  readonly agent: EcsAgent;
  /** What the alarms and the janitor say, as PagerDuty and Slack get it. */
  readonly mailbox: AlertMailbox;
  /** What people are mailed. */
  readonly mails: AlertMailbox;
  readonly secrets: PlantedSecrets;
  readonly sfn: SFNClient;
  /**
   * For the command line of an operator, who has the vault's URL and rights in the
   * account; no secret of MSR's.
   */
  readonly operatorEnv: Readonly<Record<string, string>>;
  /** What the operator's commands printed. */
  readonly printed: string[];
}

/** The vault's buckets, as its URL names them. */
export function bucketsOf({ operatorEnv }: Pick<World, 'operatorEnv'>): {
  readonly artifacts: string;
  readonly documents: string;
} {
  const url = new URL(operatorEnv['MSR_VAULT_URL'] ?? '');
  return { artifacts: url.host, documents: url.searchParams.get('documents') ?? url.host };
}

export interface Stage {
  readonly steps: Steps;
  readonly checks: Checks;
  readonly cleanup: Cleanup;
  readonly signal: AbortSignal;
}

const HISTORY_EVENTS = 2_000;
const EVENTS_PER_SECOND = 100;

/** Starts the engines and the emulator, synthesizes, deploys, and furnishes what an operator would. */
export async function buildWorld(stage: Stage): Promise<World> {
  const started = await startEngines(stage);
  const deployment = await deploy(started, stage);
  const { bed, msr, emulator, secrets } = started;
  await fillSecret(deployment, secrets.variables(msr));
  const alerts = deployment.environment['MSR_ALERT_TOPIC_ARN'] ?? '';
  const mailbox = await AlertMailbox.subscribe(emulator, alerts);
  const mails = await AlertMailbox.subscribe(emulator, alerts.replace(/-page$/, '-mail'));
  const agent = startAgent(bed, emulator, deployment, stage.steps);
  stage.cleanup.add('stopping the tasks', () => agent.stop());
  const producer = await startProducer(bed, msr);
  stage.cleanup.add('stopping the producer', () => producer.stop());
  const operatorEnv = {
    ...emulator.env,
    PATH: process.env['PATH'] ?? '',
    [APP_ID_VARIABLE]: appId('operator'),
    MSR_VAULT_URL: deployment.environment['MSR_VAULT_URL'] ?? '',
    MSR_PG_BIN: bed.pgBin,
  };
  const running = { agent, mailbox, mails, producer, sfn: new SFNClient() };
  return { ...started, ...running, deployment, operatorEnv, printed: [] };
}

type Started = Pick<World, 'bed' | 'msr' | 'secrets' | 'assembly' | 'emulator'>;

async function startEngines({ steps, cleanup, signal }: Stage): Promise<Started> {
  const bed = await steps.run('start Kafka, Kafka Connect and TimescaleDB', startBed);
  cleanup.add('stopping the bed', () => bed.stop());
  const secrets = await plantSecrets(bed);
  cleanup.add('removing the planted role', () => secrets.remove());
  const directory = await mkdtemp(join(tmpdir(), 'msr-deploy-'));
  cleanup.add('removing the cloud assembly', () => rm(directory, { recursive: true, force: true }));
  const what = 'set up an MSR with events, synthesize, start ministack';
  const [msr, assembly, emulator] = await steps.run(what, () =>
    Promise.all([
      makeMsr(bed, secrets, cleanup),
      synthesize(bed, join(directory, 'cdk.out'), signal),
      startEmulator(cleanup),
    ]),
  );
  return { bed, secrets, msr, assembly, emulator };
}

async function deploy(
  { emulator, assembly }: Started,
  { steps, checks, signal }: Stage,
): Promise<Deployment> {
  // The SDK's clients of this process and of its children go there and nowhere else.
  Object.assign(process.env, emulator.env);
  const options = { emulator, assembly: assembly.directory, signal };
  await steps.run('cdk bootstrap', () => cdk(['bootstrap'], options));
  await steps.run('cdk deploy', () =>
    cdk(['deploy', '--all', '--method', 'direct', '--require-approval', 'never'], options),
  );
  recordNames(await physicalNames(assembly.stacks));
  const locked = await setObjectLock(assembly);
  checks.require(locked.length === 1, `the vault's bucket is to be locked: ${locked}`, locked);
  return await findDeployment();
}

async function startEmulator(cleanup: Cleanup): Promise<Emulator> {
  const emulator = await startMinistack();
  cleanup.add('stopping ministack', () => emulator.stop());
  return emulator;
}

async function synthesize(bed: Bed, directory: string, signal: AbortSignal): Promise<EmulatorAssembly> {
  const stage = stageOf(bed);
  await runCommand('tsx', [SYNTHESIZE, directory, JSON.stringify(stage)], { signal });
  return JSON.parse(await readFile(assemblyFile(directory), 'utf8'));
}

/** Where the engines are, for the configuration. */
export function stageOf(bed: Bed): EmulatedStage {
  const { kafkaLogin, connectUrl } = bed;
  return { brokers: [...kafkaLogin.brokers], connectUrl, connector: connectorOf(bed) };
}

const SYNTHESIZE = fileURLToPath(new URL('./synthesize.ts', import.meta.url));

/** Known before the connector is there, so that the stacks can be synthesized meanwhile. */
function connectorOf({ prefix }: Bed): string {
  return `${prefix}-deploy-sink`;
}

async function makeMsr(bed: Bed, { apiToken }: PlantedSecrets, cleanup: Cleanup): Promise<Msr> {
  const msr = await bed.createMsr({ name: 'deploy', connector: connectorOf(bed), apiToken });
  cleanup.add('dropping the MSR', () => msr.drop());
  const to = new Date();
  const from = new Date(to.getTime() - 6 * 3_600_000);
  await msr.produce(
    history({ seed: 1, count: HISTORY_EVENTS, topics: msr.topics, from, to, firstNumber: 1 }),
  );
  await msr.waitForEvents(HISTORY_EVENTS);
  return msr;
}

/** As the first thing after a deployment: the operator puts the variables into the empty secret. */
async function fillSecret(
  { environment }: Deployment,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  await new SecretsManagerClient().send(
    new PutSecretValueCommand({
      SecretId: environment['MSR_SECRET_ID'],
      SecretString: JSON.stringify(variables),
    }),
  );
}

function startAgent(bed: Bed, emulator: Emulator, { clusterArn }: Deployment, steps: Steps): EcsAgent {
  const agent = new EcsAgent({
    client: new ECSClient(),
    cluster: clusterArn,
    entryPoint: ENTRY_POINT,
    container: {
      ...emulator.env,
      PATH: process.env['PATH'] ?? '',
      // In the image the client tools are on PATH, and /work is a volume.
      MSR_PG_BIN: bed.pgBin,
      TMPDIR: tmpdir(),
    },
    onTask: (command, event) => steps.say(`       ${command.join(' ')} ${event}`),
  });
  agent.start();
  return agent;
}

function startProducer(bed: Bed, msr: Msr): Promise<LiveProducer> {
  return startLiveProducer({
    brokers: bed.brokers,
    topics: msr.topics,
    seed: 2,
    firstNumber: HISTORY_EVENTS + 1,
    eventsPerSecond: () => EVENTS_PER_SECOND,
  });
}
