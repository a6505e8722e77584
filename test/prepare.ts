/**
 * What the tests need and a new machine has not: downloaded or built once, into a cache outside the checkout,
 * before any test's own time limit runs. Where it is all there this takes no time.
 */
import { describeError } from '../src/core/operator-error.ts';
import { emulatorPython, versitygwProgram } from './aws/cache.ts';
import { connectPlugins, kafkaJars, trixieRoot } from './bed/cache.ts';
import { kfakeProgram } from './bed/kfake/program.ts';
import { requireBuildah, trixieBase } from './image/image.ts';
import { apiServerProgram, etcdProgram } from './kubernetes/cache.ts';
import { prometheusPrograms } from './monitors/prometheus.ts';

type Step = readonly [what: string, fill: () => Promise<unknown>];

/** One after another: Debian's package manager takes one at a time. */
const PACKAGES: readonly Step[] = [
  ['Kafka and Kafka Connect', () => kafkaJars()],
  ['Kafka 3.5', () => kafkaJars('3.5.2')],
  ['Kafka 3.9', () => kafkaJars('3.9.2')],
  ['the Debezium JDBC sink', connectPlugins],
  ['a Debian root with TimescaleDB', trixieRoot],
  ["the image's base", trixieBase],
  ['buildah', requireBuildah],
  ['etcd', etcdProgram],
  ['Prometheus and its Pushgateway', prometheusPrograms],
  ['the emulators of AWS', emulatorPython],
];
const BUILDS: readonly Step[] = [
  ['the S3 gateway', versitygwProgram],
  ['the Kubernetes API server', apiServerProgram],
  ['a broker with capped versions', kfakeProgram],
];

async function fillAll(steps: readonly Step[]): Promise<void> {
  for (const [what, fill] of steps) {
    const started = performance.now();
    await fill();
    console.log(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

const lanes = await Promise.allSettled([fillAll(PACKAGES), fillAll(BUILDS)]);
for (const lane of lanes) {
  if (lane.status === 'fulfilled') continue;
  console.error(`tools: ${describeError(lane.reason)}`);
  process.exitCode = 1;
}
