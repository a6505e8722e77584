import { join } from 'node:path';
import { OperatorError } from '../../src/core/operator-error.ts';
import { type KafkaVersion, kafkaJars, LOGGER } from './cache.ts';
import { run } from './run.ts';

export interface JavaCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The command line of one of Kafka's main classes.
 * @param heapMb the bed shares small machines with the tests, so every heap is bounded
 */
export async function javaCommand(
  mainClass: string,
  heapMb: number,
  version?: KafkaVersion,
): Promise<JavaCommand> {
  const jars = await kafkaJars(version);
  // First, since older versions bring a logger of their own, which is silent without a configuration.
  const classPath = [join(jars, `${LOGGER}.jar`), join(jars, '*')].join(':');
  const flags = [
    `-Xmx${heapMb}m`,
    // Two cores: the parallel collectors' threads cost more at start than they ever give back.
    '-XX:+UseSerialGC',
    '-Xshare:auto',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=info',
    '-Dorg.slf4j.simpleLogger.log.org.reflections=error',
  ];
  return { command: 'java', args: [...flags, '-cp', classPath, mainClass] };
}

/** @throws OperatorError where there is no Java 17 or newer */
export async function requireJava(): Promise<void> {
  const hint = 'install Java 17: apt-get install -y openjdk-17-jre-headless';
  let version: string;
  try {
    version = await run('java', ['--version'], { timeoutMs: 30_000 });
  } catch (error) {
    throw new OperatorError('the bed needs Java 17 for Kafka, and java does not run here', {
      hint,
      cause: error,
    });
  }
  const major = Number(/^\S+ (\d+)/.exec(version)?.[1]);
  if (major < 17) throw new OperatorError(`the bed needs Java 17 for Kafka; this is Java ${major}`, { hint });
}
