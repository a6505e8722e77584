import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { OperatorError } from '../../src/core/operator-error.ts';
import { installDebianPackages } from './debian-packages.ts';
import { type Download, toldFilling } from './filling.ts';
import { run, succeeds } from './run.ts';

/** What the bed runs. */
export const KAFKA_VERSION = '4.3.1';

/** What others run: brokers and workers of these versions are met by tests of their own. */
const OLDER_KAFKA_VERSIONS = ['2.8.2', '3.4.1', '3.5.2', '3.9.2'] as const;

export type KafkaVersion = typeof KAFKA_VERSION | (typeof OLDER_KAFKA_VERSIONS)[number];

const LOGGER_VERSION = '1.7.36';
/** The jar that writes Kafka's log to the console. */
export const LOGGER = `slf4j-simple-${LOGGER_VERSION}`;

const SINK_VERSION = '3.6.0.Final';

/** What the bed downloads once, outside the checkout, so that a fresh clone starts warm. */
function cacheDir(): string {
  return process.env['MSR_BED_CACHE'] ?? join(homedir(), '.cache', 'msr-bed');
}

const filling = new Map<string, Promise<string>>();

/** A directory of the cache, filled on first use; engines that start side by side share one filling. */
export function cached(
  name: string,
  download: Download,
  fill: (dir: string) => Promise<void>,
): Promise<string> {
  const target = join(cacheDir(), name);
  const running = filling.get(target) ?? fillOnce(target, download, fill);
  filling.set(target, running);
  return running;
}

/**
 * The directory is filled under another name and renamed when complete. Neither a killed download nor two
 * runs at once leave half of one behind.
 */
async function fillOnce(
  target: string,
  download: Download,
  fill: (dir: string) => Promise<void>,
): Promise<string> {
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const partial = await mkdtemp(`${target}.partial-`);
  try {
    await toldFilling(download, partial, fill);
    // mkdtemp's 0700 would keep the root's own users, and so its PostgreSQL, out of it.
    await chmod(partial, 0o755);
    await rename(partial, target);
  } catch (error) {
    await removePartial(partial);
    // Another run was faster: a non-empty target is complete, because it, too, came by rename.
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** A debootstrap that was ended leaves /proc mounted in its root: nothing of that can be removed. */
async function removePartial(partial: string): Promise<void> {
  await succeeds('umount', [join(partial, 'proc')]);
  await rm(partial, { recursive: true, force: true }).catch((error) => {
    console.error(`bed: ${partial} stays behind: ${error.message}`);
  });
}

/** The jars of Apache Kafka and Kafka Connect, from Maven Central. */
export async function kafkaJars(version: KafkaVersion = KAFKA_VERSION): Promise<string> {
  const what = `Apache Kafka and Kafka Connect ${version} from Maven Central`;
  return cached(`kafka-${version}`, { what, megabytes: 54, seconds: 30 }, async (dir) => {
    await requireMaven();
    await writeFile(join(dir, 'pom.xml'), kafkaPom(version));
    const options = ['-DincludeScope=runtime', `-DoutputDirectory=${dir}`];
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', ...options], { cwd: dir });
  });
}

/** Connect's plugin.path: the sink, and a source for whoever needs one. */
export async function connectPlugins(): Promise<string> {
  return (await Promise.all([sinkPlugin(), fileSourcePlugin()])).join(',');
}

/** Debezium's JDBC sink, from Maven Central. */
async function sinkPlugin(): Promise<string> {
  const what = `the Debezium JDBC sink ${SINK_VERSION} from Maven Central`;
  return cached(`connect-plugins-${SINK_VERSION}`, { what, megabytes: 61, seconds: 20 }, async (dir) => {
    await requireMaven();
    const artifact = `io.debezium:debezium-connector-jdbc:${SINK_VERSION}:tar.gz:plugin`;
    const goal = ['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${dir}`];
    await run('mvn', ['-q', '-B', ...goal], { cwd: dir });
    const archive = join(dir, `debezium-connector-jdbc-${SINK_VERSION}-plugin.tar.gz`);
    await run('tar', ['-xzf', archive, '-C', dir]);
    await rm(archive);
  });
}

/** Kafka's own FileStreamSource, which is in no worker's class path since 3.2. */
async function fileSourcePlugin(): Promise<string> {
  const what = `Kafka's FileStreamSource ${KAFKA_VERSION} from Maven Central`;
  return cached(`file-source-${KAFKA_VERSION}`, { what, megabytes: 1, seconds: 5 }, async (dir) => {
    await requireMaven();
    const artifact = `org.apache.kafka:connect-file:${KAFKA_VERSION}`;
    const plugin = join(dir, 'connect-file');
    await run(
      'mvn',
      ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${plugin}`],
      {
        cwd: dir,
      },
    );
  });
}

/** A Debian trixie root with PostgreSQL 17 and TimescaleDB's Apache edition, made as root. */
export async function trixieRoot(): Promise<string> {
  const what = 'a Debian trixie root with PostgreSQL 17 and TimescaleDB from deb.debian.org';
  return cached('trixie-root', { what, megabytes: 660, seconds: 60 }, async (dir) => {
    await requireDebootstrap();
    const packages = 'postgresql-17,postgresql-17-timescaledb';
    await run('debootstrap', ['--variant=minbase', `--include=${packages}`, 'trixie', dir], {
      timeoutMs: 1_200_000,
    });
  });
}

async function requireMaven(): Promise<void> {
  if (await succeeds('mvn', ['--version'], 30_000)) return;
  throw new OperatorError('the bed needs Kafka from Maven Central, and mvn does not run here', {
    hint: 'install Maven and Java 17: apt-get install -y maven openjdk-17-jre-headless',
  });
}

/** @throws OperatorError */
export async function requireDebootstrap(): Promise<void> {
  if (await succeeds('debootstrap', ['--version'])) return;
  await installDebianPackages(
    'no TimescaleDB is at hand',
    ['debootstrap'],
    'apt-get install -y debootstrap, or set MSR_BED_DATABASE_URL to a superuser URL of a TimescaleDB server',
  );
}

function kafkaPom(version: KafkaVersion): string {
  const kafka = ['kafka_2.13', 'connect-runtime', 'connect-json', 'connect-transforms'];
  const dependencies = [
    ...kafka.map((artifact) => dependency('org.apache.kafka', artifact, version)),
    dependency('org.slf4j', 'slf4j-simple', LOGGER_VERSION),
  ];
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>msr</groupId><artifactId>bed</artifactId><version>1</version>
<dependencies>
${dependencies.join('\n')}
</dependencies>
</project>
`;
}

function dependency(group: string, artifact: string, version: string): string {
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}
