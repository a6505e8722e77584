import { z } from 'zod';
import { putMetrics } from '../../src/clients/metrics.ts';
import { refetchSecret } from '../../src/clients/secrets.ts';
import { doctorMetrics } from '../../src/doctor/doctor-metrics.ts';
import { examine } from '../../src/doctor/examine.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { openEnvironment } from '../../src/settings/edge-environment.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';
import { writeJson } from '../../src/vault/json-documents.ts';
import { VaultPath } from '../../src/vault/vault.ts';

/**
 * Duty: examines the instance as `msr doctor` does, keeps the report in the vault and tells
 * CloudWatch how many checks failed.
 * Trigger: a schedule. It only reads, so that a second delivery examines once more,
 * and the later report stays.
 */
export const handler = lambdaEdge(z.unknown(), async (_, { vault, signal, env: known }) => {
  const now = new Date();
  // Refused credentials end up in the report, not in the edge, which would ask for the secret anew.
  const env = (await refetchSecret(process.env)) ? await openEnvironment(process.env) : known;
  const report = await examine({ env, now, runsHere: false, signal });
  await writeJson(vault, VaultPath.doctorReport, report);
  const instance = env[InstanceVariable.name];
  if (instance !== undefined) await putMetrics(instance, now, doctorMetrics(report));
  const failed = report.checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  return { verdict: report.verdict, failed, reportPath: VaultPath.doctorReport };
});
