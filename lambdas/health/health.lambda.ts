import { z } from 'zod';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { healthEmf } from '../../src/health/health-metrics.ts';
import { runHealth } from '../../src/health/run-health.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';

/**
 * Duty: runs the health checks of the instance and tells CloudWatch what they found, by its log.
 * Trigger: a schedule. A second delivery looks once more: two looks within seconds count for one.
 */
export const handler = lambdaEdge(z.unknown(), async (_, { vault, signal, env }) => {
  const instance = env[InstanceVariable.name] ?? null;
  const report = await runHealth({ env, vault, signal, instance, now: new Date(), runsHere: false });
  if (instance !== null) for (const document of healthEmf(instance, report)) logMetrics(document);
  const pages = report.results.filter(({ severity }) => severity === 'page').map(({ check }) => check);
  return { verdict: report.verdict, pages };
});

/**
 * Not by console.log: with JSON logs Lambda's runtime puts what that is given into a `message`, where
 * CloudWatch looks for no metrics (https://github.com/awslabs/aws-embedded-metrics-node/pull/158).
 */
function logMetrics(document: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
