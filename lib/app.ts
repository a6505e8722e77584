import { type App, type Environment, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { Config } from './config/config.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { PipelinesStack } from './pipelines-stack.ts';
import { StatefulStack } from './stateful-stack.ts';
import { ReplicaStack } from './vault/replica-stack.ts';
import type { Place } from './vault/vault-names.ts';

export interface BuildOptions {
  /** Where the image's Dockerfile lies: the repository's root. */
  readonly imageDirectory: string;
}

/** The stacks of one stage. */
export interface StageStacks {
  readonly stateful: StatefulStack;
  readonly pipelines: PipelinesStack;
  readonly observability: ObservabilityStack;
  /** undefined: no replication, or into a bucket that was there. */
  readonly replica: ReplicaStack | undefined;
}

/** One stage, from its configuration: nothing is looked up, neither an account nor Docker is needed. */
export function buildApp(app: App, config: Config, { imageDirectory }: BuildOptions): StageStacks {
  const name = (part: string) => `MsrRecovery-${config.stage}-${part}`;
  const env = environment(config.account, config.region);
  const replica = buildReplica(app, name('Replica'), config);
  const stateful = new StatefulStack(app, name('Stateful'), { config, env });
  // Replication is refused while the copy's bucket is not there.
  if (replica !== undefined) stateful.addStackDependency(replica, 'its vault is copied there');
  const observability = new ObservabilityStack(app, name('Observability'), { config, stateful, env });
  const pipelines = new PipelinesStack(app, name('Pipelines'), {
    config,
    stateful,
    imageDirectory,
    env,
  });
  observability.watch(pipelines.pipelines);
  Tags.of(app).add('application', 'msr-recovery');
  Tags.of(app).add('stage', config.stage);
  return { stateful, pipelines, observability, replica };
}

/** Every finding of cdk-nag fails the synthesis, unless it is acknowledged where it stands. */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}

function buildReplica(app: App, id: string, config: Config): ReplicaStack | undefined {
  const { replication } = config.vault;
  if (replication === undefined || replication.bucketArn !== undefined) return undefined;
  return new ReplicaStack(app, id, {
    config,
    source: sourceInOtherAccount(config),
    env: environment(replication.account ?? config.account, replication.region),
  });
}

function sourceInOtherAccount({ account, region, vault }: Config): Place | undefined {
  const other = vault.replication?.account;
  return account === undefined || other === undefined || other === account ? undefined : { account, region };
}

function environment(account: string | undefined, region: string): Environment {
  return account === undefined ? { region } : { account, region };
}
